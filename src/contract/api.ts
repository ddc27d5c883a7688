import { adapterVersions, deleteAdapter, getAdapter, rollbackAdapter, trainAdapter } from './adapter.js'
import { docs, metrics, openApi } from './documents.js'
import { encode } from './encode.js'
import { appendEvents } from './events.js'
import { itemGraph } from './graph.js'
import { live, ready } from './health.js'
import { deleteItem, getItem, putItem, writeItems } from './items.js'
import { addJob, cancelJob, getJob, listJobs, retryJob } from './jobs.js'
import { listModels, publishModels, rollbackModels } from './models.js'
import { userProfile } from './profile.js'
import { recommend } from './recommendation.js'
import type { Route } from './route.js'
import { search, similar } from './search.js'
import { deleteUser, getUser, putUser, writeUsers } from './users.js'

/** The whole API, in the order in which a newcomer needs it. */
export const api: readonly Route[] = [
  recommend,
  search,
  similar,
  appendEvents,
  putItem,
  getItem,
  deleteItem,
  itemGraph,
  writeItems,
  encode,
  putUser,
  getUser,
  userProfile,
  getAdapter,
  trainAdapter,
  deleteAdapter,
  adapterVersions,
  rollbackAdapter,
  deleteUser,
  writeUsers,
  listModels,
  publishModels,
  rollbackModels,
  listJobs,
  addJob,
  getJob,
  cancelJob,
  retryJob,
  live,
  ready,
  metrics,
  openApi,
  docs,
]
