-- One session after the other, from a file of Cookie headers; at the end a line of JSON.
-- Use: wrk … -s wrk.lua URL -- FILE
local requests, at = {}, 0

function init(arguments)
	for cookie in io.lines(arguments[1]) do
		requests[#requests + 1] = wrk.format("GET", nil, {Cookie = cookie})
	end
	-- wrk takes one only to look at it; the next one, the first that is sent, is that of the first session
	at = #requests - 1
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function done(summary, latency)
	local errors = summary.errors
	print(string.format('{"requests": %d, "seconds": %f, "errors": %d, "p50_ms": %f, "p99_ms": %f}',
		summary.requests, summary.duration / 1e6,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
