// toucher SOCKET BYTES: has its memory delivered by whoever listens at the socket, touches every page in order, and says how many pages a
// second it got in the first and in the second half.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void need(int right, const char *what) {
    if (!right) {
        perror(what);
        exit(1);
    }
}

int main(int count, char **words) {
    need(count == 3, "arguments");
    size_t bytes = strtoull(words[2], 0, 10), pages = bytes / 4096 - 64;
    volatile unsigned char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(memory != MAP_FAILED, "mmap");
    int faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    need(faults >= 0, "userfaultfd");
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_REMOVE};
    need(!ioctl(faults, UFFDIO_API, &api), "UFFDIO_API");
    struct uffdio_register range = {.range = {(unsigned long)memory, bytes}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    need(!ioctl(faults, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    need(!connect(peer, (void *)&address, sizeof address), "connect");
    char text[200], room[CMSG_SPACE(sizeof faults)];
    int length = snprintf(text, sizeof text, "[{\"base_host_virt_addr\":%lu,\"size\":%zu,\"offset\":0,\"page_size\":4096}]", (unsigned long)memory, bytes);
    struct iovec part = {text, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof faults);
    memcpy(CMSG_DATA(header), &faults, sizeof faults);
    need(sendmsg(peer, &message, 0) == length, "sendmsg");
    unsigned long sum = memory[0];
    double begin = seconds(), middle = 0;
    for (size_t page = 1; page < pages; page++) {
        if (page == pages / 2) {
            middle = seconds();
        }
        sum += memory[page * 4096];
    }
    double end = seconds();
    printf("%.0f %.0f %lu\n", pages / 2 / (middle - begin), pages / 2 / (end - middle), sum);
    fflush(stdout);
    // Not all was touched, so that the handler is there until whoever measures has looked at it.
    getchar();
    return 0;
}
