/** The user that index stands for, as the API and the seeding name it. */
export function usernameOf(index: number): string {
  return `user_${index}`
}

/** The index behind `user_N` for N below `users`, or -1 for anyone who takes no part in the run. */
export function userIndexOf(username: string, users: number): number {
  if (!/^user_(0|[1-9]\d{0,8})$/.test(username)) return -1
  const index = Number(username.slice('user_'.length))
  return index < users ? index : -1
}
