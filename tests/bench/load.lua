-- wrk: GET each path of the file BENCH_PATHS in turn, or POST the file BENCH_BODY there, with the key BENCH_KEY; one
-- JSON line of figures at the end.
local requests, place = {}, 0

function init()
   local headers, method, body = {["X-Api-Key"] = os.getenv("BENCH_KEY")}, "GET", nil
   if os.getenv("BENCH_BODY") ~= "" then
      method, body = "POST", io.open(os.getenv("BENCH_BODY")):read("*a")
      headers["Content-Type"], headers["Accept"] = "text/plain", "application/x-ndjson"
   end
   for path in io.lines(os.getenv("BENCH_PATHS")) do
      requests[#requests + 1] = wrk.format(method, path, headers, body)
   end
end

function request()
   place = place % #requests + 1
   return requests[place]
end

function done(summary, latency)
   local bad = summary.errors
   io.write(string.format('\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
      bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
