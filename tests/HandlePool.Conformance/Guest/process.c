// A process of a scenario: it does what the director asks for, and says what it has read.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "protocol.h"

#define MAP_SIZE (256 * 1024)

static int devices[MAX_OPENS];

static int write_commands(int device, const void *commands, size_t size)
{
    struct binder_write_read exchange = { .write_buffer = (uintptr_t)commands, .write_size = size };
    return ioctl(device, BINDER_WRITE_READ, &exchange) < 0 ? errno : 0;
}

static int write_command(int device, uint32_t code, const void *payload, size_t size)
{
    char commands[128];
    memcpy(commands, &code, sizeof code);
    memcpy(commands + sizeof code, payload, size);
    return write_commands(device, commands, sizeof code + size);
}

static int open_device(struct request *request)
{
    int device = open(request->device, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device < 0)
        return errno;
    if (mmap(NULL, MAP_SIZE, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, device, 0) == MAP_FAILED)
        return errno;
    devices[request->slot] = device;
    return write_command(device, BC_ENTER_LOOPER, NULL, 0);
}

static int transact(int device, struct request *request, uint32_t code)
{
    binder_size_t offset = 0;
    struct binder_transaction_data data = { .target.handle = request->handle, .flags = request->flags };
    if (request->has_object) {
        data.data_size = sizeof request->object;
        data.offsets_size = sizeof offset;
        data.data.ptr.buffer = (uintptr_t)&request->object;
        data.data.ptr.offsets = (uintptr_t)&offset;
    }
    return write_command(device, code, &data, sizeof data);
}

// An owner answers at once that it has counted.
static void answer_count(int device, uint32_t code, const struct binder_ptr_cookie *node)
{
    if (code == BR_INCREFS)
        write_command(device, BC_INCREFS_DONE, node, sizeof *node);
    else if (code == BR_ACQUIRE)
        write_command(device, BC_ACQUIRE_DONE, node, sizeof *node);
}

// Takes a message apart. Returns the size of what follows its code.
static size_t parse_message(int device, uint32_t code, const char *payload, struct message *message)
{
    memset(message, 0, sizeof *message);
    message->code = code;
    switch (code) {
    case BR_TRANSACTION:
    case BR_REPLY: {
        struct binder_transaction_data data;
        memcpy(&data, payload, sizeof data);
        message->buffer = data.data.ptr.buffer;
        if (data.offsets_size) {
            struct flat_binder_object object;
            memcpy(&object, (void *)(uintptr_t)data.data.ptr.buffer, sizeof object);
            message->has_object = 1;
            message->type = object.hdr.type;
            message->handle = object.handle;
            message->value = object.binder;
        }
        break;
    }
    case BR_INCREFS:
    case BR_ACQUIRE:
    case BR_RELEASE:
    case BR_DECREFS: {
        struct binder_ptr_cookie node;
        memcpy(&node, payload, sizeof node);
        message->value = node.ptr;
        answer_count(device, code, &node);
        break;
    }
    case BR_FROZEN: {
        struct frozen_notice notice;
        memcpy(&notice, payload, sizeof notice);
        message->value = notice.cookie;
        message->is_frozen = notice.is_frozen;
        break;
    }
    default:
        if (_IOC_SIZE(code) == sizeof message->value)
            memcpy(&message->value, payload, sizeof message->value);
    }
    return _IOC_SIZE(code);
}

// Reads until there is no more, or until a transaction is there, which the director has to answer first.
static void read_messages(int device, struct answer *answer, int does_block)
{
    for (;;) {
        char buffer[1024];
        struct binder_write_read exchange = { .read_buffer = (uintptr_t)buffer, .read_size = sizeof buffer };
        if (ioctl(device, BINDER_WRITE_READ, &exchange) < 0) {
            if (errno != EAGAIN)
                answer->error = errno;
            return;
        }
        int has_call = 0;
        for (size_t at = 0; at + sizeof(uint32_t) <= exchange.read_consumed;) {
            uint32_t code;
            memcpy(&code, buffer + at, sizeof code);
            at += sizeof code;
            if (answer->count == MAX_MESSAGES) {
                answer->error = ENOBUFS;
                return;
            }
            struct message *message = &answer->messages[answer->count];
            at += parse_message(device, code, buffer + at, message);
            if (code != BR_NOOP)
                answer->count++;
            has_call |= code == BR_TRANSACTION || (does_block && (code == BR_REPLY || code == BR_FAILED_REPLY || code == BR_DEAD_REPLY));
        }
        if (has_call)
            return;
    }
}

static int free_buffer(int device, uint64_t buffer)
{
    return write_command(device, BC_FREE_BUFFER, &buffer, sizeof buffer);
}

static int has_handle(const struct message *message)
{
    return message->has_object && (message->type == BINDER_TYPE_HANDLE || message->type == BINDER_TYPE_WEAK_HANDLE);
}

// Does at once with a transaction or a reply what the director wants done with it: each question costs two switches between processes, which are
// most of an emulated guest's time.
static void take(int device, const struct request *request, struct message *message)
{
    if (has_handle(message) && request->keeps_strong)
        message->strong_error = write_command(device, BC_ACQUIRE, &message->handle, sizeof message->handle);
    if (has_handle(message) && request->keeps_weak)
        message->weak_error = write_command(device, BC_INCREFS, &message->handle, sizeof message->handle);
    if (request->frees)
        message->free_error = free_buffer(device, message->buffer);
}

static void set_blocking(int device, int is_blocking)
{
    fcntl(device, F_SETFL, is_blocking ? 0 : O_NONBLOCK);
}

// Keeps each node that arrives, until a transaction without one.
static void serve(int device)
{
    set_blocking(device, 1);
    for (int is_over = 0; !is_over;) {
        static struct answer read;
        read.error = read.count = 0;
        read_messages(device, &read, 1);
        for (int i = 0; i < read.count; i++) {
            struct message *message = &read.messages[i];
            if (message->code != BR_TRANSACTION)
                continue;
            is_over = !message->has_object;
            if (message->has_object)
                write_command(device, BC_ACQUIRE, &message->handle, sizeof message->handle);
            free_buffer(device, message->buffer);
            struct request reply = { 0 };
            transact(device, &reply, BC_REPLY);
        }
    }
    set_blocking(device, 0);
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int compare_times(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void call_and_wait(int device, struct request *request)
{
    transact(device, request, BC_TRANSACTION);
    for (int is_answered = 0; !is_answered;) {
        static struct answer read;
        read.error = read.count = 0;
        read_messages(device, &read, 1);
        for (int i = 0; i < read.count; i++) {
            if (read.messages[i].code == BR_REPLY)
                free_buffer(device, read.messages[i].buffer);
            is_answered |= read.messages[i].code == BR_REPLY || read.messages[i].code == BR_FAILED_REPLY || read.messages[i].code == BR_DEAD_REPLY;
        }
    }
}

// Sends nodes to a process that serves, and writes the times of each range.
static int measure(int device, struct request *request)
{
    uint64_t *times = malloc(request->range * sizeof *times);
    FILE *file = fopen(request->path, "w");
    if (!times || !file)
        return ENOMEM;
    set_blocking(device, 1);
    for (int first = 1; first + request->range - 1 <= request->count; first += request->range) {
        uint64_t sum = 0;
        for (int i = 0; i < request->range; i++) {
            uint64_t pointer = request->value + ((uint64_t)(first + i) << 4);
            struct request one = { .handle = request->handle, .has_object = 1,
                .object = { .hdr.type = BINDER_TYPE_BINDER, .binder = pointer, .cookie = pointer } };
            uint64_t start = now();
            call_and_wait(device, &one);
            sum += times[i] = now() - start;
        }
        qsort(times, request->range, sizeof *times, compare_times);
        fprintf(file, "%d\t%d\t%llu\t%llu\t%llu\t%llu\n", first, first + request->range - 1, (unsigned long long)(sum / request->range),
            (unsigned long long)times[0], (unsigned long long)times[request->range / 2], (unsigned long long)times[request->range * 9 / 10]);
    }
    struct request stop = { .handle = request->handle };
    call_and_wait(device, &stop);
    set_blocking(device, 0);
    free(times);
    return fclose(file) ? errno : 0;
}

static int do_command(int device, struct request *request)
{
    switch (request->code) {
    case BC_ACQUIRE:
    case BC_RELEASE:
    case BC_INCREFS:
    case BC_DECREFS:
        return write_command(device, request->code, &request->handle, sizeof request->handle);
    case BC_REQUEST_DEATH_NOTIFICATION:
    case BC_CLEAR_DEATH_NOTIFICATION:
    case BC_REQUEST_FREEZE:
    case BC_CLEAR_FREEZE: {
        struct notice_command notice = { .handle = request->handle, .cookie = request->value };
        return write_command(device, request->code, &notice, sizeof notice);
    }
    default:
        return write_command(device, request->code, &request->value, sizeof request->value);
    }
}

void work(int socket)
{
    static struct request request;
    static struct answer answer;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (recv(socket, &request, sizeof request, 0) == sizeof request) {
        int device = devices[request.slot];
        answer.error = answer.count = 0;
        switch (request.action) {
        case OPEN:
            answer.error = open_device(&request);
            break;
        case COMMAND:
            answer.error = do_command(device, &request);
            break;
        case CALL:
            answer.error = transact(device, &request, BC_TRANSACTION);
            break;
        case REPLY:
            answer.error = transact(device, &request, BC_REPLY);
            break;
        case READ:
            read_messages(device, &answer, 0);
            for (int i = 0; i < answer.count; i++) {
                if (answer.messages[i].code == BR_TRANSACTION || answer.messages[i].code == BR_REPLY)
                    take(device, &request, &answer.messages[i]);
            }
            break;
        case TAKE:
            answer.messages[answer.count++] = request.taken;
            take(device, &request, &answer.messages[0]);
            break;
        case SET_MANAGER: {
            int zero = 0;
            answer.error = ioctl(device, BINDER_SET_CONTEXT_MGR, &zero) < 0 ? errno : 0;
            break;
        }
        case FREEZE: {
            struct binder_freeze_info info = { .pid = request.pid, .enable = request.enable };
            answer.error = ioctl(device, BINDER_FREEZE, &info) < 0 ? errno : 0;
            break;
        }
        case SERVE:
            // The answer comes first: the director goes on to the process that sends.
            send(socket, &answer, offsetof(struct answer, messages), 0);
            serve(device);
            break;
        case MEASURE:
            answer.error = measure(device, &request);
            break;
        }
        if (request.action == REPLY || (request.action == CALL && request.flags & TF_ONE_WAY))
            read_messages(device, &answer, 0);
        send(socket, &answer, offsetof(struct answer, messages) + answer.count * sizeof answer.messages[0], 0);
    }
    _exit(0);
}
