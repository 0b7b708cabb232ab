#!/usr/bin/env bash
# The cost of the check: the reverse proxy with it against the same proxy without it (`--no-check`),
# in front of nginx, on one machine. Runs alternate, so that other load falls on both. Prints the
# medians of the ratios of a round, and the best of all rounds, which other load slowed down least.
#
#     gateway/bench.sh [rounds] [seconds of a run]
#
# needs wrk and nginx. Each line is one round: requests per second of both at 64 connections, then the
# median latency at one connection, then the processor time of the proxy for a request, all of them
# without and with the check.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-30} seconds=${2:-1}

cargo build --quiet --locked --release --manifest-path gateway/Cargo.toml
gateway=${CARGO_TARGET_DIR:-gateway/target}/release/pubnub-access-gateway
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

cat > "$work/nginx.conf" <<'NGINX'
pid nginx.pid;
worker_processes 1;
daemon off;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    large_client_header_buffers 4 64k;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server { listen 127.0.0.1:18900; default_type application/json; return 200 '[1,"Sent","17000000000000000"]'; }
}
NGINX
nginx -p "$work" -c nginx.conf -e stderr &

# The sample token, issued a minute ago: its time is the 32 bits 0x6553f100.
issued=$(printf '1a%08x' $(($(date +%s) - 60)))
token=$(tr -- '-_' '+/' < testdata/sample.token | base64 -d | od -An -v -tx1 | tr -d ' \n' |
    sed "s/1a6553f100/$issued/; s/../\\\\x&/g" | { read -r hex; printf '%b' "$hex"; } | base64 -w0 | tr '+/' '-_')
path="/publish/demo/demo/0/room-1/0/%22hello%22?uuid=alice&pnsdk=PubNub-JS-Nodejs%2F8.3.1&auth=${token//=/%3D}"

start() { # name, port, arguments
    "$gateway" --listen 127.0.0.1:0 --proxy "127.0.0.1:$2" --upstream http://127.0.0.1:18900 --log error "${@:3}" \
        > "$work/$1" &
    eval "$1=$!"
    until grep -qs 'reverse proxy' "$work/$1"; do sleep 0.1; done
}
start without 18901 --no-check
start with 18902
for port in 18901 18902; do
    status=$(curl -so "$work/answer" -w '%{http_code}' "http://127.0.0.1:$port$path")
    [ "$status" = 200 ] || { echo "answered $status: $(cat "$work/answer")" >&2; exit 1; }
done

load() { wrk -t1 "-c$1" "-d${seconds}s" --latency "http://127.0.0.1:$2$path" > "$work/wrk"; }
rate() { awk '/Requests\/sec/ { print $2 }' "$work/wrk"; }
median_latency() { awk '$1 == "50%" { t = $2; if (t ~ /us$/) k = 1; else if (t ~ /ms$/) k = 1000; else k = 1000000; print t * k }' "$work/wrk"; }
# Nanoseconds on a processor, of all threads.
busy() { cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
measure() { # the process, its port: requests per second, microseconds of latency, microseconds of processor time a request
    local before after
    before=$(busy "$1")
    load 64 "$2"
    after=$(busy "$1")
    rate
    awk -v busy=$((after - before)) '/requests in/ { print busy / 1000 / $1 }' "$work/wrk"
    load 1 "$2"
    median_latency
}
echo "requests/s: without with    median latency, us: without with    processor time a request, us: without with"
for ((round = 0; round < rounds; round++)); do
    # Who is first changes.
    if ((round % 2)); then
        measure "$with" 18902 > "$work/b"; measure "$without" 18901 > "$work/a"
    else
        measure "$without" 18901 > "$work/a"; measure "$with" 18902 > "$work/b"
    fi
    paste "$work/a" "$work/b" | tr '\n' ' ' | awk '{ print $1, $2, "  ", $5, $6, "  ", $3, $4 }' | tee -a "$work/rounds"
done
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
echo "median of with/without: throughput $(awk '{ print $2 / $1 }' "$work/rounds" | median)," \
    "latency $(awk '{ print $4 / $3 }' "$work/rounds" | median)" \
    "($(awk '{ print $4 - $3 }' "$work/rounds" | median) us added)," \
    "processor time $(awk '{ print $6 / $5 }' "$work/rounds" | median)" \
    "($(awk '{ print $6 - $5 }' "$work/rounds" | median) us added)"
best() { sort "$1" | head -1; }
echo "best without and with: throughput $(awk '{ print $1 }' "$work/rounds" | best -rn) $(awk '{ print $2 }' "$work/rounds" | best -rn)," \
    "latency $(awk '{ print $3 }' "$work/rounds" | best -n) $(awk '{ print $4 }' "$work/rounds" | best -n) us," \
    "processor time $(awk '{ print $5 }' "$work/rounds" | best -n) $(awk '{ print $6 }' "$work/rounds" | best -n) us"
