// Drives the control API with the vendor's SDK for Node: users, groups, members, keys, contracts, requests. It ends with 0 when every
// answer was as expected. Environment: CONTROL_URL; TOKEN, or EMAIL and PASSWORD.
import assert from 'node:assert/strict'
import sdk from '@ionos-cloud/sdk-nodejs'

const { CONTROL_URL, TOKEN, EMAIL, PASSWORD } = process.env
const config = new sdk.Configuration({
  ...(TOKEN ? { apiKey: TOKEN } : { username: EMAIL, password: PASSWORD }),
  basePath: `${CONTROL_URL}/cloudapi/v6`,
})
config.setMaxWaitTime(0) // it would wait a second before each request
const um = new sdk.UserManagementApi(config)
const keys = new sdk.UserS3KeysApi(config)
const contracts = new sdk.ContractResourcesApi(config)
const requests = new sdk.RequestsApi(config)
const nobody = '11111111-2222-4333-8444-555555555555'
const password = 'harbour mule candle 77 lantern'

// done checks the status of a change and waits for its request.
async function done(want, call) {
  const r = await call
  assert.equal(r.status, want)
  const location = r.headers.location
  assert.match(location, /\/cloudapi\/v6\/requests\/[0-9a-f-]{36}\/status$/)
  await sdk.waitForRequest(config, location)
  const status = await requests.requestsStatusGet({ requestId: location.split('/').at(-2) })
  assert.equal(status.data.metadata.status, 'DONE')
  return r.data
}

// refused checks an error's status, shape and text.
async function refused(want, says, call) {
  const e = await call.then(() => assert.fail('it was permitted'), (e) => e)
  assert.ok(e.response, String(e))
  assert.equal(e.response.status, want)
  assert.equal(e.response.data.httpStatus, want)
  assert.ok(e.response.data.messages[0].errorCode)
  assert.match(e.response.data.messages[0].message, says)
}

async function users() {
  const email = `node.${TOKEN ? 'bearer' : 'basic'}@example.test`
  const properties = { firstname: 'Nora', lastname: 'Node', email, administrator: false, forceSecAuth: false, active: true }
  const made = await done(202, um.umUsersPost({ user: { properties: { ...properties, password } } }))
  const got = (await um.umUsersFindById({ userId: made.id, depth: 1 })).data
  assert.equal(got.properties.email, email)
  assert.deepEqual(got.entities.groups.items, [])
  const changed = await done(202, um.umUsersPut({ userId: made.id, user: { id: made.id, properties: { ...properties, lastname: 'Newer' } } }))
  assert.equal(changed.properties.lastname, 'Newer')
  const list = (await um.umUsersGet({ depth: 1, limit: 100, offset: 0 })).data
  assert.ok(list.items.some((u) => u.id === made.id))
  assert.deepEqual((await um.umUsersOwnsGet({ userId: made.id })).data.items, [])
  await refused(404, /user/, um.umUsersFindById({ userId: nobody }))
  await refused(404, /user/, um.umUsersDelete({ userId: nobody }))
  return made.id
}

async function groups(userId) {
  const made = await done(202, um.umGroupsPost({ group: { properties: { name: 'node', s3Privilege: true, createDataCenter: true } } }))
  const groupId = made.id
  await done(202, um.umGroupsUsersPost({ groupId, user: { id: userId } }))
  const got = (await um.umGroupsFindById({ groupId, depth: 2 })).data
  assert.equal(got.properties.createDataCenter, true)
  assert.equal(got.properties.reserveIp, false)
  assert.equal(got.entities.users.items[0].id, userId)
  const changed = await done(202, um.umGroupsPut({ groupId, group: { properties: { name: 'nodes', s3Privilege: true } } }))
  assert.equal(changed.properties.name, 'nodes')
  assert.ok((await um.umGroupsGet({ depth: 1 })).data.items.some((g) => g.id === groupId))
  assert.equal((await um.umGroupsUsersGet({ groupId })).data.items.length, 1)
  assert.equal((await um.umUsersGroupsGet({ userId })).data.items[0].id, groupId)
  assert.deepEqual((await um.umGroupsResourcesGet({ groupId })).data.items, [])
  assert.deepEqual((await um.umGroupsSharesGet({ groupId })).data.items, [])
  const share = { groupId, resourceId: nobody, resource: { properties: { editPrivilege: true, sharePrivilege: false } } }
  await refused(404, /./, um.umGroupsSharesFindByResourceId({ groupId, resourceId: nobody }))
  await refused(404, /./, um.umGroupsSharesPost(share))
  await refused(404, /./, um.umGroupsSharesPut(share))
  await refused(404, /./, um.umGroupsSharesDelete({ groupId, resourceId: nobody }))
  await refused(404, /group/, um.umGroupsFindById({ groupId: nobody }))
  assert.deepEqual((await um.umResourcesGet({})).data.items, [])
  assert.deepEqual((await um.umResourcesFindByType({ resourceType: 'datacenter' })).data.items, [])
  await refused(404, /./, um.umResourcesFindByTypeAndId({ resourceType: 'datacenter', resourceId: nobody }))
  return groupId
}

async function accessKeys(userId) {
  const missing = /^The access key cannot be found, please double-check the key id and try again\.$/
  const made = await done(200, keys.umUsersS3keysPost({ userId }))
  const at = { userId, keyId: made.id }
  assert.ok(made.properties.secretKey)
  assert.equal(made.properties.active, true)
  await done(202, keys.umUsersS3keysPut({ ...at, s3Key: { properties: { active: false } } }))
  const got = (await keys.umUsersS3keysFindByKeyId(at)).data
  assert.equal(got.properties.active, false)
  assert.equal(got.properties.secretKey, made.properties.secretKey)
  for (let i = 0; i < 4; i++) await done(200, keys.umUsersS3keysPost({ userId }))
  await refused(422, /five access keys/, keys.umUsersS3keysPost({ userId }))
  const all = (await keys.umUsersS3keysGet({ userId, depth: 1 })).data.items
  assert.equal(all.length, 5)
  assert.ok((await keys.umUsersS3ssourlGet({ userId })).data.ssoUrl)
  for (const k of all) await done(202, keys.umUsersS3keysDelete({ userId, keyId: k.id }))
  await refused(422, missing, keys.umUsersS3keysFindByKeyId(at))
  await refused(422, missing, keys.umUsersS3keysDelete(at))
}

assert.equal((await new sdk.DefaultApi(config).apiInfoGet({})).data.version, '6.0')
const [contract] = (await contracts.contractsGet({ depth: 1 })).data.items
assert.equal(contract.properties.owner, process.env.OWNER)
const userId = await users()
await refused(422, /ACCESS_S3_OBJECT_STORAGE/, keys.umUsersS3keysPost({ userId }))
const groupId = await groups(userId)
await accessKeys(userId)
await done(202, um.umGroupsUsersDelete({ groupId, userId }))
await done(202, um.umGroupsDelete({ groupId }))
await done(202, um.umUsersDelete({ userId }))
await refused(404, /user/, um.umUsersFindById({ userId }))
