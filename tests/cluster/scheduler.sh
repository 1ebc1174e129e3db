#!/bin/sh
# The plainest scheduler: every job at once, in the background of this computer.
#   scheduler.sh FOLDER submit [OPTION ...] SCRIPT   runs the script, and prints the job's number
#   scheduler.sh FOLDER status JOB                   prints success, failed or running
folder=$1 what=$2
shift 2
case $what in
submit)
  number=$(($(ls "$folder" | wc -l) + 1))
  echo "$*" >"$folder/$number.asked"
  for script; do :; done
  (sh "$script" >"$folder/$number.log" 2>&1; echo $? >"$folder/$number.code") >/dev/null 2>&1 &
  echo "$number"
  ;;
status)
  case $(cat "$folder/$1.code" 2>/dev/null) in
  "") echo running ;;
  0) echo success ;;
  *) echo failed ;;
  esac
  ;;
esac
