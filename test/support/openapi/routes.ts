/** The routes of the real application, read from Express itself. */
import { type AppParts, createApp } from '../../../server/http/app.ts'

/** What Express keeps of a route or a Router; `rawPath` is the path as it was given. */
interface Layer {
  readonly rawPath?: string | readonly string[]
  readonly route?: {
    readonly path: string | readonly string[]
    readonly methods: Readonly<Record<string, boolean>>
  }
  readonly handle?: { readonly stack?: readonly Layer[] }
}

/** Stands for every part that the routes would call: reading the routes calls none. */
const anything: unknown = new Proxy(() => anything, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => '0' : anything),
})

/** `METHOD /path/{}` of each route, whatever its parameters are called. */
export function routesOfApp(apiPrefix: string): string[] {
  const parts = new Proxy({ apiPrefix } as object, {
    get: (target, key) => Reflect.get(target, key) ?? anything,
  })
  const { router } = createApp(parts as AppParts).app
  const found = routesIn(router.stack as readonly unknown[] as readonly Layer[], '')
  // The page at /docs is also at /docs/.
  return [...new Set(found.map((route) => route.replace(/(?<=\S)\/$/, '')))].sort()
}

function routesIn(stack: readonly Layer[], prefix: string): string[] {
  return stack.flatMap(({ rawPath = '/', route, handle }) => {
    if (route !== undefined) {
      const verbs = Object.keys(route.methods).filter((method) => method !== '_all')
      return [route.path]
        .flat()
        .flatMap((path) => verbs.map((verb) => shapeOf(`${verb.toUpperCase()} ${prefix}${String(path)}`)))
    }
    if (handle?.stack === undefined) return []
    return [rawPath]
      .flat()
      .flatMap((path) => routesIn(handle.stack ?? [], prefix + (path === '/' ? '' : path)))
  })
}

/** Both ways of writing a parameter become `{}`. */
export function shapeOf(route: string): string {
  return route.replace(/\{\w+\}|:\w+/g, '{}')
}
