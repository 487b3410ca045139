import type { ChannelTestSchedule, ChannelTestState, SyntheticChannelTest } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { ChooseChannel, WEEKDAYS } from './choose-channel'

/** While a test is under way its state changes within seconds. */
const WATCH_MS = 1_000

/** The channel that is tested each week with the alert of a synthetic attack, and its tests. */
export function ChannelTest({ isOn, refetchInterval }: { isOn: boolean; refetchInterval: number | false }) {
  const isAdmin = useMay('admin')
  const queries = useQueryClient()
  const [choosing, setChoosing] = useState(false)
  const tests = useQuery({
    queryKey: ['synthetic', 'channel-test'],
    queryFn: () => answerOf(api.GET('/synthetic/channel-test')),
    refetchInterval: ({ state }) =>
      state.data?.tests.some(({ settled_at }) => settled_at === null) ? WATCH_MS : refetchInterval,
  })
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['synthetic', 'channel-test'] })
  const stop = useMutation({
    mutationFn: () => done(api.DELETE('/synthetic/channel-test/schedule')),
    onSuccess,
  })
  const begin = useMutation({
    mutationFn: (channel_id: string) =>
      answerOf(api.POST('/synthetic/channel-test/tests', { body: { channel_id } })),
    onSuccess,
  })
  const schedule = tests.data?.schedule ?? null
  const error = begin.error ?? stop.error
  return (
    <Panel
      title="Weekly test of a channel"
      aside={
        isAdmin &&
        tests.data && (
          <span className="flex flex-wrap gap-2">
            {schedule && (
              <button
                type="button"
                className="button"
                disabled={!isOn || begin.isPending || tests.data.tests[0]?.settled_at === null}
                onClick={() => begin.mutate(schedule.channel_id)}
              >
                Test now
              </button>
            )}
            <button type="button" className="button" onClick={() => setChoosing(true)}>
              {schedule ? 'Change' : 'Choose a channel'}
            </button>
            {schedule && (
              <button
                type="button"
                className="button"
                disabled={stop.isPending}
                onClick={() => stop.mutate()}
              >
                Switch off
              </button>
            )}
          </span>
        )
      }
    >
      <Loaded of={tests}>
        {(loaded) => (
          <div className="grid gap-3">
            <Schedule schedule={loaded.schedule} isOn={isOn} />
            {loaded.tests.length > 0 && <Tests tests={loaded.tests} />}
          </div>
        )}
      </Loaded>
      {error && <Failed error={error} />}
      {choosing && <ChooseChannel schedule={schedule} onClose={() => setChoosing(false)} />}
    </Panel>
  )
}

function Schedule({ schedule, isOn }: { schedule: ChannelTestSchedule | null; isOn: boolean }) {
  if (!schedule)
    return (
      <Empty title="No channel is tested">
        Each week the alert of a synthetic attack can be sent to a channel, marked as a test.
      </Empty>
    )
  const { channel_name, weekday, hour, next_at } = schedule
  return (
    <p className="text-sm">
      {channel_name === null ? (
        <span className="font-medium text-bad">the channel was removed:</span>
      ) : (
        <>
          <HostileText text={channel_name} />:
        </>
      )}{' '}
      each {WEEKDAYS[weekday - 1]} at {String(hour).padStart(2, '0')}:00 UTC.{' '}
      {isOn ? (
        <>
          Next test: <When at={next_at} absolute />
        </>
      ) : (
        'No test while synthetic attacks are off.'
      )}
    </p>
  )
}

const STATES: Readonly<Record<ChannelTestState, string>> = {
  waiting: 'waiting for the alert of an attack',
  sending: 'being sent',
  delivered: '✓ delivered',
  failed: '✕ failed',
}

function Tests({ tests }: { tests: readonly SyntheticChannelTest[] }) {
  return (
    <div className="overflow-x-auto">
      <DataTable
        rows={tests}
        keyOf={({ id }) => id}
        columns={[
          { name: 'When', cell: ({ requested_at }) => <When at={requested_at} /> },
          { name: 'Channel', cell: ({ channel_name }) => <HostileText text={channel_name} /> },
          { name: 'Asked for by', cell: ({ requested_by }) => requested_by ?? 'the schedule' },
          {
            name: 'Outcome',
            cell: ({ state }) => (
              <span className={state === 'failed' ? 'font-medium text-bad' : ''}>{STATES[state]}</span>
            ),
          },
          {
            name: 'Why it failed',
            className: 'min-w-64 max-w-prose',
            cell: ({ failure }) => (failure === null ? '–' : <HostileText text={failure} />),
          },
        ]}
      />
    </div>
  )
}
