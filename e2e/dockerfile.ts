import { Copy, DockerfileParser, Entrypoint } from 'dockerfile-ast'

/** What the last stage of a container file puts together, and how it is run. */
export interface FinalStage {
  /** Manifests that the stage of dependencies copies before it installs. */
  manifests: string[]
  /** Arguments of its `npm ci`. */
  installArguments: string[]
  /** `from`: the stage that it comes from, undefined for the build context. `target`: below the root of the image. */
  copies: Array<{ from: string | undefined; source: string; target: string }>
  environment: Record<string, string>
  entrypoint: string[]
}

/**
 * Reads our own container file, so that a file that it forgets to copy is missing in the test as it would be in the image.
 * @throws {Error} for a COPY that it does not understand.
 */
export function finalStage(text: string): FinalStage {
  const file = DockerfileParser.parse(text)
  const instructions = file.getInstructions()
  const from = file.getFROMs()
  const last = from.at(-1)
  const stage = (name: string) => {
    const start = instructions.findIndex((line) => from.some((f) => f === line && f.getBuildStage() === name))
    const end = instructions.findIndex((line, at) => at > start && line.getKeyword() === 'FROM')
    return instructions.slice(start, end === -1 ? undefined : end)
  }
  const dependencies = stage('dependencies')
  const final = instructions.slice(instructions.indexOf(last as never))
  const install = dependencies.find((line) => line.getArgumentsContent()?.startsWith('npm ci'))
  return {
    manifests: copiesOf(dependencies, '/app')
      .map(({ source }) => source)
      .filter((source) => source.includes('/')),
    installArguments: (install?.getArgumentsContent() ?? '').split(' ').slice(2),
    copies: copiesOf(final, '/app'),
    environment: Object.fromEntries(
      file
        .getENVs()
        .flatMap((env) => env.getProperties())
        .map((property) => [property.getName(), property.getValue() ?? '']),
    ),
    entrypoint: final
      .filter((line) => line instanceof Entrypoint)
      .flatMap((line) => line.getJSONStrings().map((argument) => argument.getJSONValue())),
  }
}

function copiesOf(lines: readonly unknown[], workdir: string): FinalStage['copies'] {
  return lines
    .filter((line) => line instanceof Copy)
    .flatMap((copy) => {
      const from = copy.getFromFlag()?.getValue() ?? undefined
      const words = copy.getArguments().map((argument) => argument.getValue())
      const target = words.pop()
      if (target === undefined || words.length === 0) throw new Error(`not understood: ${copy.toString()}`)
      return words.map((source) => {
        const intoDirectory = target.endsWith('/')
        const name = intoDirectory && !from ? `${target}${source.split('/').at(-1)}` : target
        return { from, source: withoutPrefix(source, from), target: `${workdir}/${name}`.slice(1) }
      })
    })
}

/** The place in this checkout of what a stage made: /src/server/dist is server/dist. */
function withoutPrefix(source: string, from: string | undefined): string {
  return from === undefined ? source : source.replace(/^\/(src|app)\/?/, '')
}
