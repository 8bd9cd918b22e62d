-- The health of a DatabaseSchema in Argo CD. Without it, a sync wave does not wait for the schema.
--
-- Add it to the ConfigMap argocd-cm, in the namespace of Argo CD. Argo CD loads it without a restart:
--
--   data:
--     resource.customizations.health.schema-operator.dev_DatabaseSchema: |
--       <this file, indented>
--
-- It needs none of the Lua libraries that Argo CD leaves out by default.

local waiting = {Suspended = true, AwaitingApproval = true, AwaitingWindow = true, Planned = true}

if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "It is being deleted"}
end

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at this generation yet"}
end

local conditions = {}
if obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function is_true(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

local reason = ""
local message = "The operator has reported no condition Ready yet"
if conditions.Ready ~= nil then
  reason = conditions.Ready.reason or ""
  message = reason .. ": " .. (conditions.Ready.message or "")
end

if is_true("Stalled") then
  return {status = "Degraded", message = message}
end
-- The sync wave stays open until a person decides, or a time comes.
if waiting[reason] then
  return {status = "Suspended", message = message}
end
if is_true("Reconciling") then
  return {status = "Progressing", message = message}
end
if is_true("Ready") then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
