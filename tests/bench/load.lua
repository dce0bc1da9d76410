-- wrk: GET each path of the file BENCH_PATHS in turn, with the key BENCH_KEY; one JSON line of figures at the end.
local requests, place = {}, 0

function init()
   local headers = {["X-Api-Key"] = os.getenv("BENCH_KEY")}
   for path in io.lines(os.getenv("BENCH_PATHS")) do
      requests[#requests + 1] = wrk.format("GET", path, headers)
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
