#!/bin/sh
# smoke.sh URL: signs a user of a sandbox organization in and out, and reads the public keys, at a deployed API.
# The organization `postern-smoke` is made once and stays; its API key lives as long as this script.
# Needs curl, `postern`, and its environment (docs/operate.md#the-environment).
set -eu
url=${1:?give the URL of the API}
url=${url%/}
organization=postern-smoke
email=smoke@example.com
export POSTERN_ORGANIZATION=$organization

fail() {
    echo "smoke.sh: $1" >&2
    exit 1
}
exists() { postern "$1" show "$2" >/dev/null 2>&1; }
field() { printf '%s' "$answer" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

exists organization "$organization" ||
    told=$(postern organization create --id "$organization" --name 'Smoke test' --sandbox 2>&1) || fail "$told"
case $(postern organization show "$organization" --output json) in
*'"sandbox": {'*) ;;
*) fail "organization $organization is no sandbox: its codes would be sent" ;;
esac
exists user "$email" || postern user create --email "$email" >/dev/null

# Keys that an earlier run left behind, because it was cut off.
retire() {
    postern api-key list --output json | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' | while read -r name; do
        postern --yes api-key retire "$name" >/dev/null 2>&1
    done
}
retire
trap retire EXIT
key=$(postern api-key create 2>/dev/null) || fail "no API key was created: see \`postern api-key create --organization $organization\`"

# call STATUS METHOD PATH [CURL OPTION…]: its body becomes $answer; any other status ends the script.
call() {
    expected=$1 method=$2 path=$3
    shift 3
    answer=$(curl -sS --max-time 20 -w '\n%{http_code}' -X "$method" "$url$path" -H "cv-api-key: $key" -H 'content-type: application/json' "$@")
    status=${answer##*
}
    answer=${answer%
*}
    [ "$status" = "$expected" ]
}
must() {
    call "$@" || fail "$2 $3 was answered with $status instead of $1"
    echo "$2 $3: $status"
}

# An instance may have the organization cached, without the new key, for a minute.
tries=0
until call 200 POST /api/v1/users/auth/send-otp -d "{\"email\":\"$email\",\"channel\":\"EMAIL\"}"; do
    tries=$((tries + 1))
    [ $tries -lt 15 ] || fail "POST /api/v1/users/auth/send-otp was answered with $status instead of 200"
    sleep 5
done
echo "POST /api/v1/users/auth/send-otp: 200"
must 200 POST /api/v1/users/auth/verify-otp -d "{\"email\":\"$email\",\"code\":\"000000\"}"
access=$(field accessToken)
refresh=$(field refreshToken)
must 200 GET /api/v1/users/me -H "authorization: Bearer $access"
must 200 POST /api/v1/users/auth/refresh-token -d "{\"refresh_token\":\"$refresh\"}"
must 200 POST /api/v1/users/auth/logout -d "{\"refresh_token\":\"$(field refreshToken)\"}"
must 200 GET /.well-known/jwks.json
[ -n "$(field kid)" ] || fail "no public keys: run \`postern keys rotate partner-signing\`"
# What must be refused is refused.
must 401 POST /api/v1/users/auth/verify-otp -d "{\"email\":\"$email\",\"code\":\"000001\"}"
must 401 GET /api/v1/users/me
echo "$url works."
