export const attackNames = [
  'idle connections',
  'slow headers',
  'slow bodies',
  'slow readers',
  'pipelined floods',
  'header bombs',
  'body bombs',
] as const

export type AttackName = (typeof attackNames)[number]
