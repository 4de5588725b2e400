# Completion of sessionctl for bash: what --help lists (tests/cli/test_completion.py compares them).

# The words of the command so far, without options and their values.
_sessionctl_words()
{
	local i word skip=
	words=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $skip ]]; then
			skip=
		elif [[ $word == "=" ]]; then
			skip=1
		elif [[ $word == -* ]]; then
			[[ " $valued " == *" $word "* && ${COMP_WORDS[i + 1]} != "=" ]] && skip=1
		else
			words+=("$word")
		fi
	done
}

_sessionctl_options()
{
	case ${words[*]:0:2} in
	list*) echo --user --realm --state --idle-gt --ip --filter --all --watch ;;
	set* | unset*) echo --if-version ;;
	revoke*) echo --user --realm --state --idle-gt --ip --filter --reason --yes ;;
	users*) echo --min --realm ;;
	block*) echo --realm --until --reason ;;
	unblock*) echo --realm ;;
	copy*) echo --from --to --verify ;;
	events*) echo -f --follow --types --user --realm ;;
	doctor*) echo --app -v --verbose ;;
	"token new"*) echo --scopes ;;
	"config reload"*) echo --dry-run ;;
	esac
	echo -u --url -o --output --token-file --ca --certificate --key -h --help -V --version
}

_sessionctl()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
	local valued="-u --url -o --output --token-file --ca --certificate --key --user --realm --state --idle-gt --ip --filter \
--if-version --min --until --reason --scopes --types --app --from --to"

	[[ $previous == "=" ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $current == "=" ]] && current=
	_sessionctl_words
	COMPREPLY=()
	case $previous in
	-o | --output) COMPREPLY=($(compgen -W "table json ndjson" -- "$current")) ;;
	--state) COMPREPLY=($(compgen -W "authenticated anonymous" -- "$current")) ;;
	--token-file | --ca | --certificate | --key | --from | --to)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$current"))
		;;
	--filter)
		compopt -o nospace 2>/dev/null
		COMPREPLY=($(compgen -W "realm= user= user_prefix= application= host= state= ip= user_agent= created_after= \
created_before= seen_after= seen_before= idle_gt_s= min_bytes=" -- "$current"))
		;;
	--types)
		COMPREPLY=($(compgen -W "session.created session.login session.rotated session.logged_out session.expired \
session.revoked session.evicted session.denied session.late_save_blocked user.blocked user.unblocked store.down store.up \
store.data_lost config.reloaded config.rejected admin.auth_failed stream.gap" -- "$current"))
		;;
	*)
		if [[ " $valued " == *" $previous "* ]]; then
			return
		elif [[ $current == -* ]]; then
			COMPREPLY=($(compgen -W "$(_sessionctl_options)" -- "$current"))
		elif ((${#words[@]} == 0)); then
			COMPREPLY=($(compgen -W "list get attrs set unset revoke rotate users block unblock explain copy events stats status whoami \
token config doctor" -- "$current"))
		elif [[ ${words[*]} == token ]]; then
			COMPREPLY=($(compgen -W "new" -- "$current"))
		elif [[ ${words[*]} == config ]]; then
			COMPREPLY=($(compgen -W "check reload" -- "$current"))
		elif [[ ${words[*]} == "config check" ]]; then
			compopt -o filenames 2>/dev/null
			COMPREPLY=($(compgen -f -- "$current"))
		fi
		;;
	esac
}

complete -F _sessionctl sessionctl
