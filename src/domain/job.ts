/** `waiting`: for its turn, its time, or its next attempt. `dead`: it failed as often as it may; its reason tells why. */
export const jobStates = ['waiting', 'running', 'done', 'cancelled', 'dead'] as const

export type JobState = (typeof jobStates)[number]
