// handler SOCKET FILE CHUNK: delivers the memory of one process from a flat file, so many bytes for each fault; no more than what it takes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void need(int right, const char *what) {
    if (!right) {
        perror(what);
        exit(1);
    }
}

int main(int count, char **words) {
    need(count == 4, "arguments");
    unsigned long chunk = strtoul(words[3], 0, 10), base, bytes;
    int file = open(words[2], O_RDONLY);
    struct stat status;
    need(file >= 0 && !fstat(file, &status), "file");
    char *image = mmap(0, status.st_size, PROT_READ, MAP_SHARED, file, 0);
    need(image != MAP_FAILED, "mmap");
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    unlink(words[1]);
    need(!bind(listener, (void *)&address, sizeof address) && !listen(listener, 1), "bind");
    puts("ready");
    fflush(stdout);
    int peer = accept(listener, 0, 0), faults;
    char text[4096], room[CMSG_SPACE(sizeof faults)];
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t length = recvmsg(peer, &message, 0);
    need(length > 0, "recvmsg");
    text[length] = 0;
    memcpy(&faults, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof faults);
    need(sscanf(text, "[{\"base_host_virt_addr\":%lu,\"size\":%lu", &base, &bytes) == 2, "description");
    struct pollfd wait[2] = {{faults, POLLIN, 0}, {peer, POLLRDHUP, 0}};
    struct uffd_msg events[64];
    while (poll(wait, 2, -1) >= 0 && !wait[1].revents) {
        ssize_t got = read(faults, events, sizeof events);
        for (int i = 0; i < got / (ssize_t)sizeof events[0]; i++) {
            if (events[i].event == UFFD_EVENT_PAGEFAULT) {
                unsigned long offset = (events[i].arg.pagefault.address - base) & ~(chunk - 1);
                struct uffdio_copy copy = {.dst = base + offset, .src = (unsigned long)image + offset, .len = chunk < bytes - offset ? chunk : bytes - offset};
                if (ioctl(faults, UFFDIO_COPY, &copy) && errno == EEXIST) {
                    struct uffdio_range range = {copy.dst, copy.len};
                    ioctl(faults, UFFDIO_WAKE, &range);
                }
            }
        }
    }
    return 0;
}
