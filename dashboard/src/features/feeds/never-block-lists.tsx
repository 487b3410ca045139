import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { Panel } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'
import { Loaded } from '../../components/states'

/** The lists of what no feed names, with where each comes from. */
export function NeverBlockLists() {
  const lists = useQuery({
    queryKey: ['feeds', 'never-block'],
    queryFn: () => answerOf(api.GET('/feeds/never-block')),
  })
  return (
    <Panel title="Never listed">
      <Loaded of={lists}>
        {({ items }) => (
          <Scrollable label="Lists of what is never listed">
            <DataTable
              rows={items}
              keyOf={({ name, source }) => `${name} ${source}`}
              columns={[
                { name: 'List', cell: ({ name }) => name },
                { name: 'Category', cell: ({ category }) => category },
                {
                  name: 'Entries',
                  className: 'tabular-nums',
                  cell: ({ entries }) => entries.toLocaleString('en'),
                },
                { name: 'Date', cell: ({ date }) => date ?? 'not stated' },
                { name: 'Licence', cell: ({ licence }) => licence ?? 'not stated' },
                {
                  name: 'Source',
                  className: 'max-w-md break-words',
                  cell: ({ source }) => source ?? 'not stated',
                },
              ]}
            />
          </Scrollable>
        )}
      </Loaded>
    </Panel>
  )
}
