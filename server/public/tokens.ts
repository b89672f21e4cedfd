/** Access tokens: with jsonwebtoken. */
export { createTokens, type Identity, type Tokens } from '../auth/tokens.ts'
