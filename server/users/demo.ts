import type { Pool } from '../db/connect.ts'
import { demoUserCount, seedUsers } from '../db/seeding.ts'

/** The original's register call: fills the table with user_0 … user_100; who exists already stays as is. */
export async function registerDemoUsers(pool: Pool): Promise<{ added: number; existing: number }> {
  return seedUsers(pool, { count: demoUserCount })
}
