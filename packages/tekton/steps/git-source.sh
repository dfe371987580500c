#!/bin/sh
# Clones a git resource into $TARGET, and writes the commit to $COMMIT_FILE.
set -eu

fail() {
  echo "git-source: $*" >&2
  exit 1
}
case $URL in -*) fail "not a URL: $URL" ;; esac
case $REVISION in -*) fail "not a branch, tag or commit: $REVISION" ;; esac

# No question is asked of anybody, and no server is waited for without end.
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS= SSH_ASKPASS=
export GIT_CONFIG_COUNT=6
export GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=http.lowSpeedLimit GIT_CONFIG_VALUE_1=1000
export GIT_CONFIG_KEY_2=http.lowSpeedTime GIT_CONFIG_VALUE_2=30
export GIT_CONFIG_KEY_3=advice.detachedHead GIT_CONFIG_VALUE_3=false
export GIT_CONFIG_KEY_4=init.defaultBranch GIT_CONFIG_VALUE_4=master
export GIT_CONFIG_KEY_5=http.sslVerify GIT_CONFIG_VALUE_5="$SSL_VERIFY"

# ssh looks into the home folder of /etc/passwd, whatever HOME says; the credentials are in HOME.
ssh="ssh -o BatchMode=yes -o ConnectTimeout=20"
[ ! -f "$HOME/.ssh/config" ] || ssh="$ssh -F '$HOME/.ssh/config'"
if [ -f "$HOME/.ssh/known_hosts" ]; then
  ssh="$ssh -o UserKnownHostsFile='$HOME/.ssh/known_hosts'"
else
  # As Tekton: without known_hosts in the Secret, the server's key is taken as it comes.
  ssh="$ssh -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile='$(mktemp)'"
fi
export GIT_SSH_COMMAND="$ssh"

log=$(mktemp)
# The URL as it may be shown: a password in it stays out of the log.
shown=$(printf '%s' "$URL" | sed -E 's#^([a-z+]+://)[^/@]*@#\1***@#')
branch=

explain() {
  sed -E 's#([a-z+]+://)[^/@ ]*@#\1***@#g' "$log" >&2
  if grep -qi 'permission denied (' "$log"; then
    fail "$shown takes no key that is here: put a private key into a Secret of type kubernetes.io/ssh-auth with the annotation tekton.dev/git-0: <host>, and list it in the secrets of the ServiceAccount"
  elif grep -qi 'host key verification failed' "$log"; then
    fail "the server of $shown has another key than known_hosts of its Secret says: correct known_hosts (ssh-keyscan <host>)"
  elif grep -qiE 'could not read (username|password)|authentication failed|invalid credentials|error: 40[13]' "$log"; then
    fail "$shown needs a user and a password: put them into a Secret of type kubernetes.io/basic-auth with the annotation tekton.dev/git-0: <URL of the server>, and list it in the secrets of the ServiceAccount"
  elif grep -qiE "couldn't find remote ref|not our ref|pathspec|unadvertised object|unknown revision" "$log"; then
    fail "$shown has no branch, tag or commit \"$revision\"${branch:+; its default branch is \"$branch\"}: correct \"revision\" of the PipelineResource"
  elif grep -qiE 'repository .* not found|does not appear to be a git repository|error: 404' "$log"; then
    fail "$shown is not a Git repository, or it is private"
  fi
  fail "$shown does not answer as a Git server: is the URL right, and can it be reached from here?"
}

refs=$(timeout 60 git ls-remote --quiet --symref "$URL" HEAD refs/heads/master 2>"$log") || {
  [ $? -ne 124 ] || echo "no answer within 60 seconds" >>"$log"
  explain
}
branch=$(printf '%s\n' "$refs" | sed -n 's#^ref: refs/heads/\(.*\)[[:space:]]HEAD$#\1#p' | head -n 1)
[ -n "$refs" ] || fail "$shown has no commit yet"
revision=${REVISION:-master}
if [ -z "$REVISION" ] && ! printf '%s\n' "$refs" | grep -q 'refs/heads/master$'; then
  revision=HEAD
  echo "git-source: the PipelineResource has no revision, and $shown no branch \"master\": taking its default branch \"$branch\""
fi

mkdir -p "$TARGET"
cd "$TARGET"
git init --quiet
git remote add origin "$URL"
depth="--depth=$DEPTH"
[ "$DEPTH" != 0 ] || depth=--tags
# A server may refuse to give a single commit by its hash; then all branches are fetched, and it is among them.
if [ -n "$REFSPEC" ]; then
  set -f
  # shellcheck disable=SC2086 # several refspecs are separated by spaces
  git fetch --quiet "$depth" --update-head-ok --force origin $REFSPEC 2>"$log" || explain
  set +f
  if [ -n "$REVISION" ]; then
    git checkout --quiet --force "$REVISION" -- 2>>"$log" || explain
  else
    git reset --quiet --hard FETCH_HEAD 2>>"$log" || explain
  fi
elif git fetch --quiet "$depth" origin "$revision" 2>"$log"; then
  git reset --quiet --hard FETCH_HEAD 2>>"$log" || explain
elif git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*' 2>>"$log"; then
  git checkout --quiet "$revision" -- 2>>"$log" || explain
else
  explain
fi
if [ "$SUBMODULES" = true ] && [ -f .gitmodules ]; then
  if [ "$DEPTH" = 0 ]; then set --; else set -- --depth "$DEPTH"; fi
  git submodule --quiet update --init --recursive "$@" 2>"$log" || explain
fi

commit=$(git rev-parse HEAD)
printf %s "$commit" >"$COMMIT_FILE"
echo "git-source: $shown at $commit in $TARGET"
