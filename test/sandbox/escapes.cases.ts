import type { SandboxEnd, SandboxLimits } from '../../src/sandbox/sandbox.ts';
import { MiB } from './limits.ts';

/** What `.git` is in the worktree: a repository, a file that names one elsewhere, or not there. */
export type WorktreeKind = 'repository' | 'link' | 'none';

/** One way out, as a script for `sh -c` in the worktree. What it is to reach is in its variables (`World.variables`). */
export interface Escape {
  readonly name: string;
  /** Tries, and says `tried` when it has come to its end; `won` when it can only be seen from inside that it has succeeded. */
  readonly script: string;
  /** Run after it in the same worktree. */
  readonly next?: string;
  /** `repository` when it is not said. */
  readonly worktree?: WorktreeKind;
  readonly limits?: Partial<SandboxLimits>;
  readonly cwd?: string;
  /** More variables. `work`: the worktree, as this machine calls it. */
  readonly variables?: (work: string) => Readonly<Record<string, string>>;
  /** How it must end. When it is not said: by itself. */
  readonly ends?: readonly SandboxEnd[];
  /** Where containers hold less: how it may end there too, or why it is not held. `root`: only of root's commands. */
  readonly containers?:
    | { readonly ends: readonly SandboxEnd[] }
    | { readonly open: string; readonly root?: true };
  /**
   * Without a sandbox it succeeds: so it is known that it is a real attempt, and that it would be seen. `maybe`: where the rules of
   * the machine let it.
   */
  readonly bare?: true | 'maybe';
}

/** Numbers of system calls, for what no program does (asm/unistd.h). */
const CALL =
  process.arch === 'arm64'
    ? {
        clone: 220,
        ptrace: 117,
        keyctl: 219,
        add_key: 217,
        bpf: 280,
        perf_event_open: 241,
        userfaultfd: 282,
        memfd_create: 279,
        shmget: 194,
        setns: 268,
        mount: 40,
        openat: 56,
      }
    : {
        clone: 56,
        ptrace: 101,
        keyctl: 250,
        add_key: 248,
        bpf: 321,
        perf_event_open: 298,
        userfaultfd: 323,
        memfd_create: 319,
        shmget: 29,
        setns: 308,
        mount: 165,
        openat: 257,
      };

/** `use Socket` and the rest in one line of perl, which every Debian has, and git with it. */
const perl = (code: string): string => `perl -MSocket -MFcntl -e '${code}'`;

/** Leaves something alive, if it can, for as long as the look at it takes and longer. */
const LIVES_ON = "sh -c 'while :; do sleep 0.05; done'";

export const ESCAPES: readonly Escape[] = [
  // Files.
  { name: 'write by an absolute path', script: 'echo x > "$OUTSIDE/written"; tried', bare: true },
  {
    name: 'write by ..',
    script: 'echo x > ../outside/written; echo x > ../written; (cd .. && echo x > outside/made); tried',
    bare: true,
  },
  {
    name: 'write through a symbolic link',
    script: 'ln -s "$OUTSIDE" out; echo x > out/written; ln -s "$OUTSIDE/secret" s; echo x > s; tried',
    bare: true,
  },
  {
    name: 'read through a symbolic link',
    script: 'ln -s "$OUTSIDE/secret" s; cat s; cat "$OUTSIDE/secret"; tried',
    bare: true,
  },
  {
    name: 'a hard link to a file outside',
    script: 'ln "$OUTSIDE/secret" hard && echo x >> hard; cat hard; ln /usr/bin/env hard2 && won; tried',
    bare: true,
  },
  {
    name: 'write by /proc/self/cwd/..',
    script: 'echo x > /proc/self/cwd/../outside/written; cat /proc/self/cwd/../outside/secret; tried',
    bare: true,
  },
  {
    name: 'the root of process 1 and of others',
    script:
      'for p in /proc/[0-9]*; do cat "$p/root$OUTSIDE/secret" "$p/cwd/../outside/secret"; echo x > "$p/root$OUTSIDE/written"; done; tried',
    bare: true,
  },
  {
    name: 'the environment of all processes',
    script: 'cat /proc/[0-9]*/environ /proc/[0-9]*/task/*/environ | tr "\\0" "\\n"; tried',
    bare: true,
  },
  {
    name: 'the environment of the controller, by its number',
    script: 'cat "/proc/$CONTROLLER/environ" "/proc/$NEIGHBOUR/environ" | tr "\\0" "\\n"; tried',
    bare: true,
  },
  {
    name: 'the memory and the descriptors of the controller',
    script:
      'cat "/proc/$CONTROLLER/maps" && won; ls "/proc/$CONTROLLER/fd" && won; head -c 1 "/proc/$NEIGHBOUR/mem"; tried',
    bare: true,
  },
  {
    name: 'a descriptor that the controller has inherited',
    script:
      'ls -l /proc/self/fd; for n in 3 4 5 6 7 8 9 10 20 77 251; do cat /proc/self/fd/$n; echo x >> /proc/self/fd/$n; cat <&5; echo x >&5; done; tried',
  },
  {
    name: 'read shadow files',
    script:
      'for f in shadow gshadow shadow- sudoers ssl/private/ssl-cert-snakeoil.key ssh/ssh_host_rsa_key gitconfig npmrc; do test -e "/etc/$f" && won "$f"; done; tried',
  },
  {
    name: 'read keys in a home',
    script: 'cat "$PERSON/.ssh/id_ed25519" "$PERSON/.aws/credentials" "$PERSON/.config/gh/hosts.yml"; tried',
    bare: true,
  },
  {
    name: 'write to a home',
    script: 'echo evil >> "$PERSON/.bashrc"; echo evil > "$PERSON/.ssh/authorized_keys"; tried',
    bare: true,
  },
  {
    name: 'homes of this machine',
    script: 'for f in /root /home/* /Users/*; do test -e "$f" && won "$f"; done; tried',
    containers: { open: 'they are those of the image' },
  },
  {
    name: 'write to folders that are memory',
    script: 'for d in /dev /run; do (echo x > "$d/code-agent-escape") && won "$d"; done; tried',
    containers: { open: 'they are its own' },
  },
  {
    name: 'write to the system',
    script:
      'for d in / /usr /usr/bin /usr/local/bin /usr/lib /etc /etc/cron.d /etc/ld.so.cache /bin /lib /sbin /var /proc; do (echo x > "$d/code-agent-escape") && won "$d"; done; (echo x >> /etc/ld.so.cache) && won; (echo x >> /etc/passwd) && won; tried',
  },
  {
    name: 'other folders for temporary files',
    script:
      'ls /tmp /var/tmp /dev/shm; test -e "$OUTSIDE" && won; for d in /tmp /var/tmp /dev/shm; do echo x > "$d/$TOKEN"; done; tried',
    bare: true,
  },
  {
    name: 'the socket of Docker',
    script:
      'for s in /var/run/docker.sock /run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock /run/user /run/systemd /run/dbus; do test -e "$s" && won "$s"; done; tried',
  },
  {
    name: 'the working folder of a command is another',
    script: 'pwd; cat outside/secret ../outside/secret; echo x > outside/written; tried',
    cwd: '..',
  },

  // Devices, mounts, namespaces.
  {
    name: 'what /sys tells of the machine',
    script: 'ls /sys/fs /sys/kernel && won; tried',
    containers: { open: 'it is there, read only' },
  },
  {
    name: 'control groups',
    script:
      'mkdir -p /sys/fs/cgroup/x && won; find / -xdev -name release_agent 2>/dev/null | grep . && won; tried',
  },
  {
    name: 'memory and disks as devices',
    script:
      'for d in /dev/mem /dev/kmem /dev/port /dev/kmsg /dev/sda /dev/vda /dev/nvme0n1 /dev/loop0 /dev/fuse /dev/kvm /dev/net/tun; do test -e "$d" && won "$d"; done; tried',
  },
  {
    name: 'make a device',
    script:
      'for d in "d1 b 8 0" "d2 b 254 0" "d3 c 1 1" "d4 c 1 3"; do for f in . /tmp /dev/shm; do mknod $f/$d; done; done; for f in d1 d2 d3 d4 /tmp/d1 /tmp/d2 /tmp/d3; do test -e $f && head -c 1 $f >/dev/null && won $f; done; tried',
  },
  {
    name: 'mount over, unmount, mount again to write',
    script:
      'mount -t tmpfs x /tmp && won; mount --bind /usr /work && won; umount .git && won; umount /usr && won; mount -o remount,bind,rw .git && won; mount -o remount,bind,rw /usr && won; mount -o remount,rw / && won; echo x > .git/config; tried',
  },
  {
    name: 'mount by the newer calls',
    script: `${perl(`for my $n (428 .. 433, 442) { my $r = syscall($n, -1, 0, 0, 0, 0, 0); print "$n $!\\n"; print "ESC", "APED\\n" if $r >= 0 }`)}; tried`,
  },
  {
    name: 'a user namespace by unshare',
    script:
      'unshare --user --map-root-user true && won; unshare --user --mount --map-root-user sh -c "umount /work/.git; echo x > /work/.git/config" && won; unshare --mount true && won; unshare --net true && won; unshare --pid --fork true && won; tried',
    bare: 'maybe',
  },
  {
    name: 'a user namespace by clone',
    script: `${perl(`my $r = syscall(${CALL.clone}, 0x10000000 | 17, 0, 0, 0, 0); if (defined $r && $r == 0) { exit } print "ESC", "APED\\n" if $r > 0; print "$!\\n"`)}; tried`,
    bare: 'maybe',
  },
  {
    name: 'a user namespace by clone3',
    script: `${perl('my $a = pack("Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0); my $r = syscall(435, $a, 64); if (defined $r && $r == 0) { exit } print "ESC", "APED\\n" if $r > 0; print "$!\\n"')}; tried`,
    bare: 'maybe',
  },
  {
    name: 'join the namespaces of another process',
    script: `for n in mnt pid net user ipc; do nsenter --target 1 --$n true 2>&1; nsenter --target "$CONTROLLER" --$n cat "$OUTSIDE/secret"; done; ${perl(`for my $p (1, $ENV{CONTROLLER}) { open(my $f, "<", "/proc/$p/ns/mnt") or next; print "ESC", "APED\\n" if syscall(${CALL.setns}, fileno($f), 0) == 0 }`)}; tried`,
  },
  {
    name: 'chroot',
    script: `chroot / true && won; ${perl('chroot("/usr") and print "ESC", "APED\\n"')}; tried`,
  },
  {
    name: 'programs that run as root',
    script:
      'for p in su sudo pkexec passwd newgrp mount doas; do command -v $p; done; su -c id </dev/null | grep uid=0 && won; sudo -n id | grep uid=0 && won; grep NoNewPrivs:.1 /proc/self/status || won; tried',
  },
  {
    name: 'leave a program behind that runs as its owner',
    script: `cp /bin/sh own; chmod 4755 own; chmod u+s own; chmod 2755 own; ${perl('sysopen(my $f, "own2", O_CREAT | O_WRONLY, 06755)')}; ${perl(`syscall(${CALL.openat}, -100, "own3", 0101, 04755)`)}; ${perl('syscall(437, -100, "own4", pack("QQQ", 0101, 04755, 0), 24)')}; tried`,
    bare: true,
  },
  {
    name: 'capabilities',
    script:
      'grep -E "^Cap(Prm|Eff|Bnd|Amb)" /proc/self/status | grep -v 0000000000000000 && won; setpriv --reuid 0 --clear-groups true && won; tried',
  },
  {
    name: 'settings of the kernel',
    script:
      'p=/proc/sys/kernel/core_pattern; (cat $p > $p) 2>/dev/null && won; (cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness) 2>/dev/null && won; (echo h > /proc/sysrq-trigger) 2>/dev/null && won; tried',
  },
  {
    name: 'be spared when memory runs out',
    script: '(echo 0 > /proc/self/oom_score_adj) 2>/dev/null && won; tried',
    containers: { open: 'an engine without CAP_SYS_RESOURCE cannot forbid it; its memory has a limit' },
  },
  {
    name: 'what only root may read of the machine',
    script:
      'for f in kcore kmsg kpagecount kpageflags kpagecgroup timer_list slabinfo vmallocinfo keys; do head -c 1 /proc/$f 2>/dev/null | grep -q . && won $f; done; tried',
    containers: { open: 'the owner of these files is root, and so is the command', root: true },
  },
  {
    name: 'the clock, the name, the power of the machine',
    script:
      'date -s 2001-01-01 && won; hostname evil && won; reboot -f && won; swapoff -a; dmesg 2>/dev/null | grep . && won; tried',
  },
  {
    name: 'the program that makes the sandbox',
    script:
      'ls -l /proc/1/exe; for f in /usr/bin/bwrap /proc/1/exe; do (echo x >> $f) && won; cp /bin/true $f && won; done; tried',
  },
  {
    name: 'limits that are lifted',
    script:
      'ulimit -n 100000 && won; ulimit -f unlimited && won; ulimit -t unlimited && won; prlimit --pid $$ --nofile=100000 && won; tried',
  },

  // git.
  {
    name: 'write a hook and a setting of git',
    script:
      'echo x > .git/hooks/pre-commit; echo x >> .git/config; echo x > .git/HEAD; touch .git/index.lock; chmod 777 .git/config; ln -sf /tmp .git/hooks; tried',
    bare: true,
  },
  {
    name: 'move .git away and make another',
    script: 'mv .git moved; mkdir .git && echo x > .git/config; mv -T moved .git; tried',
    bare: true,
  },
  { name: 'remove .git', script: 'rm -rf .git; rmdir .git; unlink .git; tried', bare: true },
  {
    name: 'put something in the place of .git',
    script: `mkdir other; echo x > other/config; mv -T other .git; ln -sfn other .git; ${perl('rename "other", ".git"')}; mv /work /work2; tried`,
  },
  {
    name: 'git itself, by its variables',
    script:
      'export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"; git config core.fsmonitor ./evil; git config --file .git/config core.hooksPath /work; git -c user.name=A -c user.email=a@b commit -am two; git worktree add other; git update-ref refs/heads/evil HEAD; git gc; tried',
    bare: true,
  },
  {
    name: 'a .git where there is none',
    script:
      'mkdir .git; echo x > .git/config; echo "gitdir: /work/evil" > .git; ln -s evil .git; rm -rf .git; rmdir .git; mv file.txt .git; tried',
    worktree: 'none',
    bare: true,
  },
  {
    name: 'a .git that is a file',
    script:
      'echo "gitdir: /work/evil" > .git; rm -f .git; mv .git moved; ln -sf evil .git; mkdir .git; tried',
    worktree: 'link',
    bare: true,
  },
  {
    name: 'a repository in a folder below, for the controller to run',
    script:
      'mkdir sub && cd sub && git init -q . && git config core.fsmonitor "echo x > $OUTSIDE/written; false" && git config core.hooksPath /work/hooks; tried',
    next: 'git status; tried',
  },

  // Network.
  {
    name: 'TCP to a server of this machine',
    script: `node -e 'for (const host of ["127.0.0.1", "::1", "localhost", process.env.ADDRESS]) require("net").connect(process.env.PORT, host).on("data", (text) => console.log(String(text))).on("error", (error) => console.log(error.code))'; tried`,
    bare: true,
  },
  {
    name: 'TCP by the shell',
    script:
      'command -v bash || tried; bash -c "cat < /dev/tcp/127.0.0.1/$PORT; cat < /dev/tcp/$ADDRESS/$PORT"; tried',
    bare: true,
  },
  {
    name: 'UDP',
    script: `${perl('socket(my $s, PF_INET, SOCK_DGRAM, 0); for (1 .. 3) { send($s, "x", 0, pack_sockaddr_in($ENV{UDP_PORT}, inet_aton("127.0.0.1"))); select(undef, undef, undef, 0.02) }')}; tried`,
    bare: true,
  },
  {
    name: 'a socket by its path',
    script: `${perl('for my $path ($ENV{SOCKET}, "../outside/socket") { socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un($path)) and print <$s> }')}; tried`,
    bare: true,
  },
  {
    name: 'a socket without a path',
    script: `${perl('socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack("Sa*", AF_UNIX, "\\0" . $ENV{ABSTRACT})) and print "ESC", "APED\\n"')}; sleep 0.05; tried`,
    bare: true,
  },
  {
    name: 'names of the world',
    script: `node -e 'const dns = require("dns"); dns.lookup("example.com", (error) => console.log(error ? error.code : "ESC" + "APED")); dns.resolve("example.com", (error) => console.log(error ? error.code : "ESC" + "APED"))'; getent hosts example.com && won; tried`,
  },
  {
    name: 'the metadata of a cloud',
    script: `node -e 'for (const host of ["169.254.169.254", "fd00:ec2::254", "10.0.0.1", "1.1.1.1"]) require("net").connect({ host, port: 80, timeout: 500 }).on("connect", () => console.log("ESC" + "APED")).on("timeout", (socket) => { console.log("ESC" + "APED: a route"); process.exit() }).on("error", (error) => console.log(error.code))'; tried`,
  },
  {
    name: 'the host of a virtual machine (vsock)',
    script: `${perl('for my $type (1, 2, 5) { socket(my $s, 40, $type, 0) and print "ESC", "APED\\n" }')}; tried`,
  },
  {
    name: 'packets, crypto, other families',
    script: `${perl('for my $family (17, 38, 31, 29, 44, 21, 30) { for my $type (1, 2, 3, 5) { socket(my $s, $family, $type, 0) and print "ESC", "APED $family\\n" } } socket(my $s, 2, 3, 1) and print "ESC", "APED\\n"')}; tried`,
  },
  {
    name: 'interfaces and routes',
    script:
      'ip link add dummy0 type dummy && won; ip addr add 10.9.9.9/24 dev lo && won; ip route add default dev lo && won; grep -vE "lo:|Inter|face" /proc/net/dev | grep . && won; tried',
  },

  // Other processes.
  {
    name: 'kill the controller and all others',
    script: 'kill -9 "$CONTROLLER"; kill -9 "$NEIGHBOUR"; tried; kill -9 -1; kill -9 1',
    ends: ['exited', 'signal'],
  },
  {
    name: 'kill the first process, and all but it',
    script: 'kill -9 1; kill -STOP 1; kill -TERM 1; tried; kill -9 0',
  },
  {
    name: 'trace other processes',
    script: `${perl(`for my $p ($ENV{CONTROLLER}, $ENV{NEIGHBOUR}, 1) { for my $request (16, 0x4206) { print "ESC", "APED $p\\n" if syscall(${CALL.ptrace}, $request, $p + 0, 0, 0) == 0 } }`)}; tried`,
    bare: 'maybe',
  },
  {
    name: 'keys of the kernel',
    script: `${perl(`for my $ring (-3, -4, -5) { my $b = "\\0" x 4096; my $r = syscall(${CALL.keyctl}, 11, $ring, $b, 4096); print "ESC", "APED $ring\\n" if $r >= 0 } my ($t, $d, $v) = ("user", "x", "y"); print "ESC", "APED\\n" if syscall(${CALL.add_key}, $t, $d, $v, 1, -3) > 0`)}; tried`,
    bare: 'maybe',
  },
  {
    name: 'programs in the kernel, its counters, its page faults',
    script: `${perl(`my $a = "\\0" x 128; print "ESC", "APED\\n" if syscall(${CALL.bpf}, 0, $a, 128) >= 0; my $e = pack("LLQ", 1, 112, 0) . "\\0" x 96; print "ESC", "APED\\n" if syscall(${CALL.perf_event_open}, $e, 0, -1, -1, 0) >= 0; print "ESC", "APED\\n" if syscall(${CALL.userfaultfd}, 0) >= 0; print "ESC", "APED\\n" if syscall(425, 1, $a) >= 0`)}; tried`,
  },
  {
    name: 'type into the terminal of the controller',
    script: `(echo x > /dev/tty) 2>/dev/null && won; for f in /dev/pts/[0-9]* /dev/tty[0-9]* /dev/console; do test -e $f && won $f; done; ${perl('my $c = "x"; for my $f (*STDIN, *STDOUT, *STDERR) { print "ESC", "APED\\n" if ioctl($f, 0x5412, $c) } open(my $t, "+<", "/dev/ptmx") and ioctl($t, 0x5412, $c) and print "ESC", "APED\\n"')}; tried`,
  },
  {
    name: 'shared memory of the machine',
    script: 'ipcs -m | grep 0x && won; ls /dev/shm /dev/mqueue | grep -v : | grep . && won; tried',
  },

  // What stays behind.
  {
    name: 'a child in a session of its own',
    script: `setsid ${LIVES_ON} & setsid --fork ${LIVES_ON} ; tried`,
    bare: true,
  },
  {
    name: 'a child that is nobody’s',
    script: `(nohup ${LIVES_ON} >/dev/null 2>&1 &) ; (setsid sh -c '(exec env -i /bin/sh -c "while :; do sleep 0.05; done" "$TOKEN" >/dev/null 2>&1 </dev/null &)') ; sleep 0.1; tried`,
    bare: true,
  },
  {
    name: 'a daemon that holds no descriptor',
    script: `${perl(`fork and exit; setpgrp; fork and exit; close STDIN; close STDOUT; close STDERR; chdir "/"; $SIG{$_} = "IGNORE" for qw(TERM INT HUP QUIT); sleep 60`)} ; sleep 0.1; tried`,
    bare: true,
  },
  {
    name: 'signals that are ignored',
    script: `trap "" TERM INT HUP QUIT USR1 PIPE; tried; while :; do sleep 0.1; done`,
    limits: { wallMs: 500 },
    ends: ['late'],
  },
  { name: 'never an end', script: 'tried; sleep 3600', limits: { wallMs: 500 }, ends: ['late'] },
  {
    name: 'all stopped',
    script: 'tried; sleep 600 & kill -STOP $! $$',
    limits: { wallMs: 500 },
    ends: ['late'],
  },
  {
    name: 'work without an end',
    script: 'tried; while :; do :; done',
    limits: { wallMs: 10_000, cpuSeconds: 1 },
  },
  {
    name: 'a program by the name of git in the worktree',
    script:
      'for n in git node npm sh ls; do printf "#!/bin/sh\\nprintf ESC%%s\\\\\\\\n APED\\n" > $n; chmod +x $n; done; mkdir bin node_modules; cp git bin/; echo "PATH=/work" > .env; tried',
    next: 'git --version; node -v; npm -v; ls >/dev/null; sh -c true; tried',
  },
  {
    name: 'settings of shells and of npm in the worktree',
    script:
      'echo "echo ESC""APED" | tee .profile .bashrc .bash_profile .shrc >/dev/null; echo "script-shell=/work/evil" > .npmrc; echo "alias ls=false" > /tmp/home/.profile; tried',
    next: 'test -e /tmp/home/.profile && won; sh -c true; bash -c true; tried',
  },
  {
    name: 'scripts of packages',
    script:
      'mkdir -p dep && echo \'{"name":"dep","version":"1.0.0","scripts":{"preinstall":"touch $INIT_CWD/ran","postinstall":"touch $INIT_CWD/ran"}}\' > dep/package.json; npm install --offline --no-audit --no-fund ./dep; test -e postinstalled && won; test -e ran && won; tried',
    bare: true,
  },
  {
    name: 'a library for the programs outside',
    script: 'tried',
    bare: true,
    variables: (work) => ({
      LD_PRELOAD: `${work}/evil.so`,
      LD_AUDIT: `${work}/evil.so`,
      LD_LIBRARY_PATH: work,
      ENV: `${work}/.profile`,
      BASH_ENV: `${work}/.profile`,
    }),
  },

  // Floods.
  {
    name: 'processes without end',
    script: 'tried; f() { f | f & }; f; sleep 10',
    limits: { processes: 32 },
    // A shell that the kernel refuses a process ends.
    ends: ['processes', 'exited'],
  },
  {
    name: 'processes that double',
    script: `tried; ${perl('while (1) { fork; select(undef, undef, undef, 0.001) }')}`,
    limits: { processes: 32 },
    ends: ['processes'],
  },
  {
    name: 'processes in sessions of their own',
    script: `tried; ${perl('use POSIX; while (1) { fork; setsid }')}`,
    limits: { processes: 32 },
    ends: ['processes'],
  },
  {
    name: 'processes that nobody waits for',
    script: `tried; ${perl('while (1) { my $p = fork; exit if defined $p && $p == 0 }')}`,
    limits: { processes: 32 },
    ends: ['processes'],
  },
  {
    name: 'memory of one process',
    script: 'tried; tail /dev/zero',
    limits: { memoryBytes: 128 * MiB },
    ends: ['memory'],
    // Of its processes the kernel has ended one.
    containers: { ends: ['exited'] },
  },
  {
    name: 'memory of many processes',
    script:
      'tried; for i in 1 2 3 4 5 6 7 8; do head -c 40000000 /dev/zero | tail -c 39000000 | sleep 5 & done; wait',
    limits: { memoryBytes: 128 * MiB },
    ends: ['memory'],
    containers: { ends: ['exited'] },
  },
  {
    name: 'memory in files',
    script:
      'tried; for i in 1 2 3 4; do head -c 60000000 /dev/zero > /tmp/f$i; head -c 60000000 /dev/zero > /dev/shm/f$i; head -c 60000000 /dev/zero > /run/f$i; head -c 60000000 /dev/zero > /dev/f$i; done; du -sm /tmp /dev/shm | awk "\\$1 > 130 { exit 1 }" || won',
    limits: { memoryBytes: 128 * MiB },
    ends: ['exited', 'memory'],
  },
  {
    name: 'memory that is no process’s',
    script: `${perl(`my $n = "x"; print "ESC", "APED\\n" if syscall(${CALL.memfd_create}, $n, 0) >= 0; print "ESC", "APED\\n" if syscall(${CALL.shmget}, 0, 100 << 20, 0600 | 01000) >= 0`)}; tried`,
  },
  {
    name: 'a large file',
    script: 'head -c 100000000 /dev/zero > large; test $(stat -c %s large) -gt 20000000 && won; tried',
    limits: { fileBytes: 16 * MiB },
  },
  {
    name: 'many files',
    script: 'tried; i=0; while :; do i=$((i+1)); head -c 8000000 /dev/zero > f$i; done',
    limits: { diskBytes: 48 * MiB },
    ends: ['disk'],
  },
  {
    name: 'many empty files',
    script: `tried; ${perl('my $i = 0; while (1) { $i++; mkdir "e" . int($i / 1000); open(my $f, ">", "e" . int($i / 1000) . "/$i") or die $! }')}`,
    limits: { diskBytes: 8 * MiB },
    ends: ['disk'],
  },
  {
    name: 'files that are removed and open',
    script: `tried; ${perl('my @open; my $b = "x" x 4000000; while (1) { my $n = @open; open(my $f, ">", "gone$n") or die $!; unlink "gone$n"; print $f $b; push @open, $f }')}`,
    limits: { diskBytes: 48 * MiB },
    ends: ['disk'],
  },
  {
    name: 'files where nobody may look',
    script: `tried; ${perl('mkdir "hidden"; my @f; for (1 .. 20) { open(my $f, ">", "hidden/f$_") or die $!; push @f, $f } chmod 0, "hidden"; my $b = "x" x 1000000; while (1) { print $_ $b for @f }')}`,
    limits: { diskBytes: 48 * MiB },
    ends: ['disk'],
  },
  {
    name: 'folders too deep for a path',
    script: `tried; ${perl('for (1 .. 3000) { mkdir "deeper" or die $!; chdir "deeper" } my $b = "x" x 8000000; my $i = 0; while (1) { $i++; open(my $f, ">", "f$i") or die $!; print $f $b }')}`,
    limits: { diskBytes: 48 * MiB },
    ends: ['disk'],
  },
  { name: 'output without end', script: 'tried; yes', limits: { outputBytes: 64 * 1024 }, ends: ['output'] },
  {
    name: 'output without end, on both streams',
    script: 'tried; sleep 0.1; yes >&2 & cat /dev/zero',
    limits: { outputBytes: 64 * 1024 },
    ends: ['output'],
  },
];
