#!/usr/bin/env bash
# Starts a Slurm of one node on this machine for the tests of job arrays: tests/slurm/start.sh FOLDER
#
# Needs Debian's packages slurm-wlm and munge, and root. All files go to FOLDER; the daemons listen on loopback only. Prints
# the line that points Slurm's commands at it. `tests/slurm/start.sh FOLDER stop` ends it.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)

if [ "${2:-}" = stop ]; then
    for name in slurmd slurmctld munged; do
        [ -f "$folder/$name.pid" ] && kill "$(cat "$folder/$name.pid")" 2> /dev/null || true
    done
    exit 0
fi

name=$(hostname -s)
mkdir -p "$folder/state" "$folder/spool"
# munged trusts no folder that others could write to.
chmod 755 "$folder"
head -c 1024 /dev/urandom > "$folder/munge.key"
chmod 400 "$folder/munge.key"
# More cores than most machines of continuous integration have, so that tasks overlap; less waiting than a cluster wants;
# arrays so small that a sweep needs several.
cat > "$folder/slurm.conf" << END
ClusterName=nms
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,sched_interval=5
MpiDefault=none
MaxArraySize=5
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=$name Default=YES MaxTime=INFINITE State=UP
END

export SLURM_CONF="$folder/slurm.conf"
munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" 2> "$folder/munged.err"
slurmctld -c > "$folder/slurmctld.out" 2>&1
slurmd > "$folder/slurmd.out" 2>&1
for _ in $(seq 240); do
    if sinfo --noheader --format=%T 2> /dev/null | grep -q '^idle$'; then
        echo "export SLURM_CONF=$SLURM_CONF"
        exit 0
    fi
    sleep 0.25
done
echo "Slurm does not answer; see the logs in $folder" >&2
exit 1
