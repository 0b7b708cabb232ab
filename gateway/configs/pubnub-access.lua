-- Asks the gateway about a request, and keeps its answer in variables of the transaction.

local gateway = "http://127.0.0.1:8081/auth/haproxy"

-- The headers that change how a request is read.
local telling = {
  "content-type", "content-encoding",
  "x-http-method-override", "x-http-method", "x-method-override", "x-original-http-method",
}

local function first(headers, name)
  local values = headers[name]
  return values and values[0] or ""
end

core.register_action("pubnub_access", { "http-req" }, function(txn)
  txn:unset_var("txn.access_status")
  local sent = txn.http:req_get_headers()
  local headers = {
    ["x-original-method"] = { txn.f:method() },
    -- As it came.
    ["x-original-uri"] = { txn.f:url() },
  }
  for name, values in pairs(sent) do
    local plain = name:lower():gsub("_", "-")
    for _, known in ipairs(telling) do
      if plain == known then
        local copy = headers[known] or {}
        for _, value in pairs(values) do table.insert(copy, value) end
        headers[known] = copy
      end
    end
  end
  -- The body is whole unless head and body fill the buffer.
  local body = txn.f:req_body() or ""
  local whole = #txn.f:req_hdrs() + #body < 120000
  local answer = core.httpclient():post {
    url = gateway,
    headers = headers,
    body = whole and body or "",
    timeout = 1000,
  }
  if not answer or not answer.status or answer.status == 0 then return end
  txn:set_var("txn.access_status", answer.status)
  for _, name in ipairs { "verdict", "reason", "operation" } do
    txn:set_var("txn.access_" .. name, first(answer.headers, "x-pubnub-access-" .. name))
  end
  txn:set_var("txn.access_body", answer.body or "")
end)
