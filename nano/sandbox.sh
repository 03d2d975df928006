# Furnishes one room of nano/sandbox.py and runs the script from standard input in it; only for new namespaces.
#
# WORLD: the fixture; SERVED=1: a web server on port 8080; ROOT=1: the script is root there, else the user sam.

set -e

share() { # Shows files and folders of this machine in the room, read-only.
    for name; do
        if [ -d "$name" ]; then mount -o bind,ro "$name" ".$name"; elif [ -e "$name" ]; then cp -L "$name" ".$name"; fi
    done
}

mount --make-rprivate /
mount -t tmpfs -o size=192m,mode=755 room /mnt
cd /mnt
cp -dR --preserve=mode,timestamps,links "$WORLD/." .
for name in /bin /sbin /lib /lib64; do
    if [ -L "$name" ]; then cp -d "$name" .; elif [ -d "$name" ]; then mkdir ".$name" && share "$name"; fi
done
share /usr /etc/alternatives /etc/fonts /etc/ImageMagick-6 /etc/ld.so.cache /etc/services /etc/protocols /etc/mime.types

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys 2>/dev/null || true
mount -t tmpfs -o size=8m,mode=755 dev dev
mkdir dev/pts dev/shm
touch dev/null dev/zero dev/full dev/random dev/urandom dev/tty
for name in null zero full random urandom tty; do
    mount --bind "/dev/$name" "dev/$name"
done
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts 2>/dev/null || true
ln -s pts/ptmx /proc/self/fd /proc/self/fd/0 dev
mv dev/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
chmod 1777 tmp var/tmp dev/shm
cat >run/case/script

pivot_root . old
cd /
umount -l old

hostname sandbox
ip link set lo up 2>/dev/null || true
if ip link add eth0 type veth peer name nowhere 2>/dev/null; then # A network to be looked at; nobody is there.
    ip address add 192.168.1.20/24 dev eth0
    ip link set nowhere up
    ip link set eth0 up
    ip route add default via 192.168.1.1
fi
# The process of `fixture pid`.
echo 4241 >/proc/sys/kernel/ns_last_pid 2>/dev/null || true
sleep 1000 </dev/null >/dev/null 2>&1 &
if [ "$SERVED" = 1 ]; then
    python3 -m http.server 8080 --directory /home/sam </dev/null >/dev/null 2>&1 &
    for _ in {1..60}; do
        (: </dev/tcp/127.0.0.1/8080) 2>/dev/null && break
        sleep 0.05
    done
fi

as=(unshare --user --map-user=1000 --map-group=1000)
if [ "$ROOT" = 1 ]; then as=(); fi
"${as[@]}" env -i HOME=/home/sam USER=sam LOGNAME=sam SHELL=/bin/bash TERM=xterm LANG=C.UTF-8 TZ=UTC \
    PATH=/run/programs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PAGER=cat GIT_PAGER=cat EDITOR=true GIT_EDITOR=true bash /run/case/script </dev/null
