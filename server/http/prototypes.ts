import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import type { Express } from 'express'

/**
 * Express sets the prototype of every request and response to its own, which costs V8 the shape it had learned for
 * them (expressjs/express#5998). Made with the right prototype from the start, they keep it: setting the prototype an
 * object has already changes nothing.
 *
 * Classes, and not functions that construct the base: only for a class does V8 reserve the room for the fields that
 * the base will add. `Reflect.construct` was slower than a stock Express here.
 *
 * Holds for one application with Routers below it; a mounted application would set other prototypes again, slower,
 * but no less right. Where an Express keeps no prototypes of its own, Node's classes are used as they are.
 */
export function boundPrototypes(app: Express): ServerOptions {
  if (!(app.request instanceof IncomingMessage && app.response instanceof ServerResponse)) return {}
  class BoundRequest extends IncomingMessage {}
  class BoundResponse extends ServerResponse {}
  Object.setPrototypeOf(BoundRequest.prototype, app.request)
  Object.setPrototypeOf(BoundResponse.prototype, app.response)
  app.request = BoundRequest.prototype as unknown as Express['request']
  app.response = BoundResponse.prototype as unknown as Express['response']
  return { IncomingMessage: BoundRequest, ServerResponse: BoundResponse } as ServerOptions
}
