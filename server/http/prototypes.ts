import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import type { Express } from 'express'

type Constructor = abstract new (...args: never[]) => object

/**
 * Express sets the prototype of every request and response to its own, which costs V8 the shape it had learned
 * for them (expressjs/express#5998). Made with the right prototype from the start, they keep it: setting the
 * prototype an object has already changes nothing.
 *
 * Holds for one application with Routers below it; a mounted application would set other prototypes again,
 * slower, but no less right.
 */
export function boundPrototypes(app: Express): ServerOptions {
  return {
    IncomingMessage: withPrototype<typeof IncomingMessage>(IncomingMessage, app.request),
    ServerResponse: withPrototype<typeof ServerResponse>(ServerResponse, app.response),
  }
}

/** The same constructor, whose objects have `prototype`, which inherits from the constructor's own. */
function withPrototype<Base extends Constructor>(base: Base, prototype: object): Base {
  function Bound(...args: unknown[]): object {
    return Reflect.construct(base, args, Bound)
  }
  Bound.prototype = prototype
  return Bound as unknown as Base
}
