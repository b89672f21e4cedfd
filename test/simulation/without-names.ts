/**
 * To be imported first. tsx gives every closure its name by a call of its own, at each time it is made: a fifth of the
 * time of a run, which makes millions. Names of functions matter to nobody here.
 */
const define = Object.defineProperty

Object.defineProperty = (<T>(
  target: T,
  key: PropertyKey,
  attributes: PropertyDescriptor & ThisType<unknown>,
) =>
  key === 'name' && typeof target === 'function' ? target : define(target, key, attributes)) as typeof define

Error.stackTraceLimit = 0
