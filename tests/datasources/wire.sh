#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes over the wire: doorward-fetch against the simulator, requests counted, services that
# are late, throttled, cut short, old or not there.

. "${DW_SRCDIR:?run me through make check or ./dev}/tests/harness/tap.sh" || exit 99

[ -x "$DOORWARD_FETCH" ] || tap_skip_all "doorward-fetch is not built"
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP9Kgl0vzP6UQZlkYVFrceaQBKuU2M1BfQLdP/JcHdg6 alice'
tag=7783-7084-3265-9085-8269-3286-77
sim_pid=

# root_of NAME CMDLINE [FILE=TEXT...]: a root in $tap_dir/NAME; FILE is a DMI field.
root_of() {
	local dir=$tap_dir/$1 fact
	mkdir -p "$dir/proc" "$dir/sys/class/dmi/id"
	echo "$2" >"$dir/proc/cmdline"
	shift 2
	for fact; do
		echo "${fact#*=}" >"$dir/sys/class/dmi/id/${fact%%=*}"
	done
}

# serve CLOUD OPTION...: starts the simulator, sets $url.
serve() {
	stop_serving
	rm -f "$tap_dir/ready" "$tap_dir/requests"
	"$PYTHON3" "$DW_SRCDIR/tests/sim/sim" "$@" --quiet --lifetime 120 \
		--ready "$tap_dir/ready" --requests "$tap_dir/requests" &
	sim_pid=$!
	for _ in $(seq 200); do
		[ -s "$tap_dir/ready" ] && break
		sleep 0.05
	done
	read -r address port <"$tap_dir/ready"
	url=http://$address:$port
}

stop_serving() {
	[ -z "$sim_pid" ] || { kill "$sim_pid" && wait "$sim_pid"; } 2>/dev/null
	sim_pid=
}

requests() {
	if [ -f "$tap_dir/requests" ]; then wc -l <"$tap_dir/requests"; else echo 0; fi
}

# fetch ROOT OPTION...: the record or the failure in $tap_out.
fetch() {
	local root=$1
	shift
	tap_run "$DOORWARD_FETCH" --root "$tap_dir/$root" --stage any --default-user debian \
		--deadline-ms 15000 "$@"
}

azure() {
	fetch azure --metadata-url "$url" "$@"
}

# expect NAME REQUESTS REGEX...: the count of requests and what the answer must hold.
expect() {
	local name=$1 count=$2 regex
	shift 2
	if [ "$(requests)" != "$count" ]; then
		tap_fail "$name" "requests: $(requests), expected: $count" "$tap_out"
		return
	fi
	for regex; do
		if ! grep -Eq -- "$regex" <<<"$tap_out"; then
			tap_fail "$name" "missing: $regex" "$tap_out" "$tap_err"
			return
		fi
	done
	tap_ok "$name"
}

root_of azure quiet "chassis_asset_tag=$tag" product_uuid=A4B8AA02-EF74-6E47-8182-F6D2BA4166A6
has_key="^user.key: $key$"

# -- Azure --

serve azure --key-text "$key"
azure
expect "azure: one request for everything" 1 "$has_key" "^instance_id: 02aab8a4-" "^end "
tap_like "azure: with the header, for the newest version, extended" "$(cat "$tap_dir/requests")" \
	'"query": "api-version=2021-08-01&extended=true".*"metadata": "true"'

fetch azure --metadata-url "$url" --stage local
expect "azure: nothing is sent before the network" 1 "^is_partial: yes" "^instance_id: 02aab8a4-"

serve azure --key-text "$key" --no-extended
azure
expect "azure: 400 for extended goes one version down" 2 "$has_key"

serve azure --key-text "$key" --newest-version 2018-04-02
azure
expect "azure: 400 three times ends at 2018-04-02" 4 "$has_key" "^user: debian"

serve azure --key-text "$key" --stack --disable-password ''
azure
expect "azure: Azure Stack Hub" 2 "$has_key" "^password_authentication: no"

serve azure --key-text "$key" --fault 'status:404x3'
azure
expect "azure: 404 means not yet" 4 "$has_key"

serve azure --key-text "$key" --fault 'status:410x2'
azure
expect "azure: 410 means not now" 3 "$has_key"

serve azure --key-text "$key" --fault 'status:500,503'
azure
expect "azure: 500 and 503" 3 "$has_key"

serve azure --key-text "$key" --fault 'status:429(Retry-After=2)'
begin=$(date +%s%N)
azure
expect "azure: 429 is obeyed" 2 "$has_key"
tap_check "azure: for as long as it says" test $(($(date +%s%N) - begin)) -ge 1900000000

for fault in portal eof-truncate truncate empty-body; do
	serve azure --key-text "$key" --fault "$fault#1-2"
	azure
	expect "azure: $fault twice, then the truth" 3 "$has_key"
done

serve azure --key-text "$key" --set compute/vmId='""'
azure --deadline-ms 2500
tap_like "azure: blank fields are no answer" "$tap_out" "failure: DW_MALFORMED"

serve azure --key-text "$key" --fault 'status:403x*'
azure
expect "azure: 403 is final" 1 "^failure: DW_UNAUTHORISED"

serve azure --key-text "$key" --fault 'status:400x*'
azure
expect "azure: 400 to all versions is given up" 12 "^failure: DW_FAILED" "HTTP 400"

serve azure --key-text "$key" --fault "redirect:$url/elsewhere"
azure
expect "azure: a redirect is not followed" 1 "^failure: "

# A port that nobody listens on: the one the simulator just left.
stop_serving
rm -f "$tap_dir/requests"
mkdir "$tap_dir/seed"
cat >"$tap_dir/seed/ovf-env.xml" <<EOF
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
 <wa:ProvisioningSection><wa:LinuxProvisioningConfigurationSet>
  <wa:HostName>stack1</wa:HostName><wa:UserName>ops</wa:UserName>
  <wa:SSH><wa:PublicKeys><wa:PublicKey><wa:Value>$key</wa:Value></wa:PublicKey></wa:PublicKeys></wa:SSH>
 </wa:LinuxProvisioningConfigurationSet></wa:ProvisioningSection>
</Environment>
EOF
begin=$(date +%s%N)
azure --seed "$tap_dir/seed"
expect "azure: without IMDS the medium does" 0 "$has_key" "^user: ops" "^hostname: stack1" \
	"ovf-env.xml alone was used"
tap_check "azure: after eleven tries, not at the deadline" \
	test $(($(date +%s%N) - begin)) -le 12000000000
azure --deadline-ms 2000
expect "azure: without either nothing is made up" 0 "^failure: DW_UNREACHABLE"

# -- NoCloud --

user_data="#cloud-config
ssh_authorized_keys: ['$key']
"
serve nocloud --file "meta-data=instance-id: i-1" --file "user-data=$user_data"
root_of web "ds=nocloud;s=$url/"
fetch web
expect "nocloud: three files, one of them missing" 3 "$has_key" "^instance_id: i-1"
root_of web-no-slash "ds=nocloud;s=$url"
fetch web-no-slash
expect "nocloud: a slash is put between" 6 "$has_key"
root_of serial quiet "product_serial=ds=nocloud;s=$url/;h=from-serial"
fetch serial
expect "nocloud: the address from the serial number" 9 "$has_key" "^hostname: from-serial"
fetch web --stage local
expect "nocloud: nothing is sent before the network" 9 "^is_partial: yes"

serve nocloud --prefix /a/b --file "meta-data=instance-id: i-1" --file "user-data=$user_data"
root_of percent "ds=nocloud;s=$url/a/b/%s"
fetch percent
expect "nocloud: %s stands for the name" 3 "$has_key"
fetch percent --metadata-url "$url"
expect "nocloud: --metadata-url keeps the path" 6 "$has_key"

serve nocloud --by-query file --file "meta-data=instance-id: i-1" --file "user-data=$user_data"
root_of query "ds=nocloud;s=$url/?x=1&file=%s"
fetch query
expect "nocloud: %s in a query" 3 "$has_key"

serve nocloud --file "meta-data=instance-id: i-1" --file "user-data=$user_data" \
	--fault 'status:404x*@*meta-data'
root_of web "ds=nocloud;s=$url/"
fetch web
tap_like "nocloud: a seed without meta-data is none" "$tap_out" "failure: DW_ABSENT"

serve nocloud --file "meta-data=instance-id: i-1" --file "user-data=$user_data" \
	--fault 'status:403x*@*user-data'
root_of web "ds=nocloud;s=$url/"
fetch web
tap_like "nocloud: refused user-data is not missing user-data" "$tap_out" "failure: DW_UNAUTHORISED"

serve nocloud --file "meta-data=instance-id: i-1" --fault portal
root_of web "ds=nocloud;s=$url/"
fetch web
tap_like "nocloud: a login page is no seed" "$tap_out" "failure: DW_MALFORMED"

serve nocloud --file "meta-data=instance-id: i-1" --file "user-data=$user_data"
root_of allowed "ds=nocloud;s=http://localhost:${url##*:}/"
fetch allowed
expect "nocloud: plain HTTP from a name is refused" 0 "failure: DW_REFUSED"
fetch allowed --allow-plain-http
expect "nocloud: unless the administrator allows it" 3 "$has_key" "^instance_id: i-1"

stop_serving
root_of public "ds=nocloud;s=http://203.0.113.7/seed/"
fetch public
tap_like "nocloud: plain HTTP to a public address is refused" "$tap_out" "failure: DW_REFUSED"
root_of named "ds=nocloud;s=http://seed.example.org/"
fetch named
tap_like "nocloud: and to a name" "$tap_out" "failure: DW_REFUSED.*allow_plain_http"
root_of user "ds=nocloud;s=http://127.0.0.1@203.0.113.7/"
fetch user
tap_like "nocloud: an address hidden behind a user name" "$tap_out" "failure: DW_REFUSED"
root_of ftp "ds=nocloud;s=ftp://10.0.0.1/"
fetch ftp
tap_like "nocloud: other schemes are told" "$tap_out" "failure: DW_UNSUPPORTED"

root_of path "ds=nocloud;s=/opt/seed"
fetch path
tap_like "nocloud: a directory that is not there is told" "$tap_out" "/opt/seed is not there"
mkdir -p "$tap_dir/path/opt/seed"
printf 'instance-id: i-2\n' >"$tap_dir/path/opt/seed/meta-data"
printf '%s' "$user_data" >"$tap_dir/path/opt/seed/user-data"
fetch path
expect "nocloud: a directory beneath the root" "$(requests)" "$has_key" "^instance_id: i-2"
root_of file "ds=nocloud;s=file:///opt/seed/"
mkdir -p "$tap_dir/file/opt"
cp -r "$tap_dir/path/opt/seed" "$tap_dir/file/opt/"
fetch file --stage local
expect "nocloud: file:// needs no network" "$(requests)" "$has_key" "^instance_id: i-2"

tap_done
