import { jsonBody, operation, success, written } from './operation.ts'
import { claimPageParameters } from './parameters.ts'
import { username } from './schemas.ts'
import { type Paths, type Schema, schemaRef } from './types.ts'

const newUsername: Schema = { ...username, pattern: '^[A-Za-z0-9._@+-]+$' }

const newPassword: Schema = {
  type: 'string',
  minLength: 8,
  maxLength: 72,
  description: 'At most 72 bytes in UTF-8.',
}

const register = operation({
  id: 'registerUser',
  tag: 'accounts',
  access: 'public',
  summary: 'Sign up',
  description:
    'Makes an account with the role `user`. In open mode, without a body, it adds the demo users user_0 … user_100, as the original does.',
  body: jsonBody(
    {
      type: 'object',
      properties: {
        username: newUsername,
        password: newPassword,
        full_name: { type: 'string', minLength: 1, maxLength: 255 },
      },
      required: ['username', 'password', 'full_name'],
    },
    { username: 'alice', password: 'correct horse battery', full_name: 'Alice Liddell' },
    { isRequired: false },
  ),
  responses: {
    200: success({ description: 'Open mode, no body: the demo users are there.', example: { status: 200 } }),
    201: success({
      status: 201,
      description: 'The account is made.',
      data: schemaRef('NewUser'),
      example: { status: 201, data: { username: 'alice', full_name: 'Alice Liddell', role: 'user' } },
    }),
  },
  problems: ['username_taken', 'too_many_requests', ...written],
})

const tokens = success({
  description: 'Signed in.',
  data: schemaRef('Tokens'),
  example: {
    status: 200,
    data: {
      access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl',
      refresh_token: 'q6PZb1yqVYx0m2oZrS5m7Q',
      token_type: 'Bearer',
      expires_in: 900,
    },
  },
})

const login = operation({
  id: 'login',
  tag: 'accounts',
  access: 'public',
  summary: 'Sign in',
  description: 'An unknown user and a wrong password get the same answer.',
  body: jsonBody(
    {
      type: 'object',
      properties: {
        username: { type: 'string', minLength: 1, maxLength: 100 },
        password: { type: 'string', minLength: 1, maxLength: 1000 },
      },
      required: ['username', 'password'],
    },
    { username: 'alice', password: 'correct horse battery' },
  ),
  responses: { 200: tokens },
  problems: ['invalid_credentials', 'too_many_requests', ...written],
})

const refreshBody = jsonBody(
  {
    type: 'object',
    properties: { refresh_token: { type: 'string', minLength: 1, maxLength: 1000 } },
    required: ['refresh_token'],
  },
  { refresh_token: 'q6PZb1yqVYx0m2oZrS5m7Q' },
)

const refresh = operation({
  id: 'refreshTokens',
  tag: 'accounts',
  access: 'public',
  summary: 'Renew the tokens',
  description: 'The refresh token is used up by it. Used twice, it revokes every token of that login.',
  body: refreshBody,
  responses: { 200: tokens },
  problems: ['invalid_refresh_token', ...written],
})

const logout = operation({
  id: 'logout',
  tag: 'accounts',
  access: 'public',
  summary: 'Sign out',
  description:
    'Revokes every refresh token of that login; its access token is good until it expires. Again, or with an unknown token, it answers the same.',
  body: refreshBody,
  responses: { 200: success({ description: 'Signed out.', example: { status: 200 } }) },
  problems: [...written],
})

const me = operation({
  id: 'getMe',
  tag: 'accounts',
  access: 'user',
  summary: 'Read who is signed in',
  description: 'In open mode it needs a token too.',
  responses: {
    200: success({
      description: 'The account.',
      data: schemaRef('Me'),
      example: {
        status: 200,
        data: {
          username: 'alice',
          full_name: 'Alice Liddell',
          role: 'user',
          created_at: '2026-11-23T08:00:00.000Z',
        },
      },
    }),
  },
  problems: ['user_not_found', 'unavailable'],
})

const myClaims = operation({
  id: 'listMyClaims',
  tag: 'accounts',
  access: 'user',
  summary: "List one's own claims",
  description: 'Page by page. In open mode it needs a token too.',
  parameters: claimPageParameters,
  responses: {
    200: success({
      description: 'One page.',
      data: schemaRef('ClaimPage'),
      example: { status: 200, data: { data: [], meta: { next_cursor: null, limit: 100 } } },
    }),
  },
  problems: ['invalid_request', 'unavailable'],
})

export const accountPaths: Paths = {
  '/users/register': { post: register },
  '/users/me': { get: me },
  '/users/me/claims': { get: myClaims },
  '/auth/login': { post: login },
  '/auth/refresh': { post: refresh },
  '/auth/logout': { post: logout },
}
