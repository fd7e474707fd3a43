// Plays a scenario on a kernel's binder driver, and writes what the driver did as rows of operations.
//
// Each process of a scenario is a process of its own (process.c), which does what this one, the director, asks of it over a socket: one request
// at a time, so that the order of the rows is the order in which the driver worked. README.md has the steps and the columns.
//
// Usage: conform SCENARIO FOLDER

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "protocol.h"

#define MAX_WORDS 12
#define MAX_BUFFERS 64
#define NODE_BITS 20
#define POINTER_BASE 0x700000000000ull
#define DEBUG_FOLDER "/sys/kernel/debug/binder"
#define TRACE_FOLDER "/sys/kernel/tracing"

static const char *scenario;
static const char *folder;
static int step;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "conform: %s:%d: ", scenario, step);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

// A reference that an open holds: what the rows add up to.
struct held {
    uint32_t node;
    uint32_t handle;
    int strong;
    int weak;
};

struct buffer {
    uint64_t address;
    uint32_t node;
    uint32_t handle;
    int has_count;
    int is_weak;
    int is_returned;         // It has a node of the process itself, which the driver counts while the buffer is there.
};

struct opened {
    char name[32];
    char device[32];
    int process;             // The first open of the same process.
    int slot;
    int number;              // Which open of the device it is, from 1.
    int pid;
    int uid;
    int socket;
    int is_dead;
    int is_manager;
    struct held *table;      // A hash table by node.
    uint32_t capacity;
    uint32_t used;
    struct buffer buffers[MAX_BUFFERS];
    int buffer_count;
};

static struct opened opens[MAX_OPENS];
static int open_count;
static uint8_t *created;     // A bit for each node that has a row.
static FILE *rows;
static long row_count;
static long skipped;
static int is_quiet;
static int is_tracing;
static int marker = -1;
static struct answer latest;

static void write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_APPEND);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        fail("%s cannot be written: %s", path, strerror(errno));
    close(file);
}

static const char *name_of_error(int error)
{
    switch (error) {
    case 0: return "";
    case EPERM: return "EPERM";
    case ENOENT: return "ENOENT";
    case ESRCH: return "ESRCH";
    case EAGAIN: return "EAGAIN";
    case ENOMEM: return "ENOMEM";
    case EBUSY: return "EBUSY";
    case EINVAL: return "EINVAL";
    default: return strerror(error);
    }
}

static const char *name_of_message(uint32_t code)
{
    static char unknown[32];
    switch (code) {
    case BR_ERROR: return "BR_ERROR";
    case BR_OK: return "BR_OK";
    case BR_TRANSACTION: return "BR_TRANSACTION";
    case BR_REPLY: return "BR_REPLY";
    case BR_DEAD_REPLY: return "BR_DEAD_REPLY";
    case BR_TRANSACTION_COMPLETE: return "BR_TRANSACTION_COMPLETE";
    case BR_INCREFS: return "BR_INCREFS";
    case BR_ACQUIRE: return "BR_ACQUIRE";
    case BR_RELEASE: return "BR_RELEASE";
    case BR_DECREFS: return "BR_DECREFS";
    case BR_DEAD_BINDER: return "BR_DEAD_BINDER";
    case BR_CLEAR_DEATH_NOTIFICATION_DONE: return "BR_CLEAR_DEATH_NOTIFICATION_DONE";
    case BR_FAILED_REPLY: return "BR_FAILED_REPLY";
    case BR_FROZEN_REPLY: return "BR_FROZEN_REPLY";
    case BR_PENDING_FROZEN: return "BR_TRANSACTION_PENDING_FROZEN";
    case BR_FROZEN: return "BR_FROZEN_BINDER";
    case BR_CLEAR_FREEZE_DONE: return "BR_CLEAR_FREEZE_NOTIFICATION_DONE";
    default:
        snprintf(unknown, sizeof unknown, "BR_%08x", code);
        return unknown;
    }
}

static const char *name_of_command(uint32_t code)
{
    switch (code) {
    case BC_ACQUIRE: return "BC_ACQUIRE";
    case BC_RELEASE: return "BC_RELEASE";
    case BC_INCREFS: return "BC_INCREFS";
    case BC_DECREFS: return "BC_DECREFS";
    case BC_REQUEST_DEATH_NOTIFICATION: return "BC_REQUEST_DEATH_NOTIFICATION";
    case BC_CLEAR_DEATH_NOTIFICATION: return "BC_CLEAR_DEATH_NOTIFICATION";
    case BC_DEAD_BINDER_DONE: return "BC_DEAD_BINDER_DONE";
    case BC_REQUEST_FREEZE: return "BC_REQUEST_FREEZE_NOTIFICATION";
    case BC_CLEAR_FREEZE: return "BC_CLEAR_FREEZE_NOTIFICATION";
    default: return "BC_FREEZE_NOTIFICATION_DONE";
    }
}

// A row. Node and handle are -1, and texts are empty, where there are none.
struct row {
    const char *operation;
    int open;
    int64_t node;
    int64_t handle;
    int is_weak;
    const char *kind;
    int has_cookie;
    uint64_t cookie;
    const char *command;
    const char *answer;
    const char *read;
};

static void put(struct row row)
{
    static const char none[] = "";
    struct opened *opened = row.open < 0 ? NULL : &opens[row.open];
    fprintf(rows, "%ld,%d,%s,%s,", ++row_count, step, row.operation ? row.operation : none, opened ? opened->name : none);
    if (row.node >= 0)
        fprintf(rows, "%s.%u", opens[row.node >> NODE_BITS].name, (unsigned)(row.node & ((1 << NODE_BITS) - 1)));
    fputc(',', rows);
    if (row.handle >= 0)
        fprintf(rows, "%u", (unsigned)row.handle);

    // A row of ReceiveNotification is one message.
    fprintf(rows, ",%s,%s,%s,", row.operation && !strcmp(row.operation, "ReceiveNotification") ? "1" : none, row.is_weak ? "1" : none,
        row.kind ? row.kind : none);
    if (row.has_cookie)
        fprintf(rows, "%llu", (unsigned long long)row.cookie);
    fprintf(rows, ",%s,", opened ? strrchr(opened->device, '/') + 1 : none);
    if (row.operation && !strcmp(row.operation, "NewProcess"))
        fprintf(rows, "%d,%d,%d", opened->pid, opened->uid, opened->number);
    else
        fprintf(rows, ",,");
    fprintf(rows, ",%s,%s,%s\n", row.command ? row.command : none, row.answer ? row.answer : none, row.read ? row.read : none);
}

#define PUT(...) put((struct row) { .open = -1, .node = -1, .handle = -1, __VA_ARGS__ })

// Notes a step that has nothing to act on.
static void leave_out(void)
{
    skipped++;
    PUT(.command = "left out");
}

// Asks a process for something, and waits until it is done.
static struct answer *ask(int open, struct request request)
{
    struct opened *opened = &opens[open];
    request.slot = opened->slot;
    if (send(opened->socket, &request, sizeof request, MSG_NOSIGNAL) != sizeof request || recv(opened->socket, &latest, sizeof latest, 0) <= 0)
        fail("process %s is gone", opened->name);
    return &latest;
}

// The same, where another question comes before the answer is used. Few answers have many messages, so only those that are there are copied.
static void ask_for(struct answer *answer, int open, struct request request)
{
    const struct answer *got = ask(open, request);
    memcpy(answer, got, offsetof(struct answer, messages) + got->count * sizeof got->messages[0]);
}

static uint64_t pointer_of(uint32_t node)
{
    return POINTER_BASE + ((uint64_t)node << 4);
}

static int64_t node_of(uint64_t pointer)
{
    return pointer < POINTER_BASE ? -1 : (int64_t)((pointer - POINTER_BASE) >> 4);
}

// A slot that has been used keeps its handle, so that searches pass over it.
static struct held *slot_of(struct opened *opened, uint32_t node)
{
    uint32_t at = (node * 2654435761u) & (opened->capacity - 1);
    while (opened->table[at].handle && opened->table[at].node != node)
        at = (at + 1) & (opened->capacity - 1);
    return &opened->table[at];
}

static struct held *find_held(int open, uint32_t node)
{
    struct held *held = slot_of(&opens[open], node);
    return held->strong || held->weak ? held : NULL;
}

static struct held *find_handle(int open, uint32_t handle)
{
    struct opened *opened = &opens[open];
    for (uint32_t i = 0; i < opened->capacity; i++) {
        if (opened->table[i].handle == handle && (opened->table[i].strong || opened->table[i].weak))
            return &opened->table[i];
    }
    return NULL;
}

static void add_count(int open, uint32_t node, uint32_t handle, int is_weak)
{
    struct opened *opened = &opens[open];
    if (opened->used * 2 >= opened->capacity) {
        struct held *old = opened->table;
        uint32_t count = opened->capacity;
        opened->capacity = count * 2;
        opened->used = 0;
        opened->table = calloc(opened->capacity, sizeof *opened->table);
        for (uint32_t i = 0; i < count; i++) {
            if (old[i].strong || old[i].weak) {
                *slot_of(opened, old[i].node) = old[i];
                opened->used++;
            }
        }
        free(old);
    }
    struct held *held = slot_of(opened, node);
    if (!held->handle)
        opened->used++;
    held->node = node;
    held->handle = handle;
    *(is_weak ? &held->weak : &held->strong) += 1;
}

// ---- Messages ----

// Writes what a process has read. A transaction is the business of the step.
static void put_messages(int open, const struct answer *answer)
{
    if (answer->error)
        fail("%s cannot read: %s", opens[open].name, strerror(answer->error));
    for (int i = 0; i < answer->count; i++) {
        const struct message *message = &answer->messages[i];
        const char *name = name_of_message(message->code);
        switch (message->code) {
        case BR_DEAD_BINDER:
        case BR_CLEAR_DEATH_NOTIFICATION_DONE:
        case BR_CLEAR_FREEZE_DONE:
            PUT(.operation = "ReceiveNotification", .open = open, .has_cookie = 1, .cookie = message->value, .command = "BR", .read = name);
            break;
        case BR_FROZEN:
            PUT(.operation = "ReceiveNotification", .open = open, .has_cookie = 1, .cookie = message->value, .command = "BR",
                .read = message->is_frozen ? "BR_FROZEN_BINDER 1" : "BR_FROZEN_BINDER 0");
            break;
        case BR_INCREFS:
        case BR_ACQUIRE:
        case BR_RELEASE:
        case BR_DECREFS:
            // The manager's own node has no pointer.
            if (message->value)
                PUT(.open = open, .node = node_of(message->value), .command = "BR", .read = name);
            break;
        case BR_TRANSACTION:
        case BR_REPLY:
        case BR_TRANSACTION_COMPLETE:
            break;
        default:
            PUT(.open = open, .command = "BR", .read = name);
        }
    }
}

static int is_readable(int open)
{
    return open >= 0 && !opens[open].is_dead;
}

static void poll_open(int open)
{
    if (!is_quiet && is_readable(open)) {
        struct answer read;
        ask_for(&read, open, (struct request) { .action = READ });
        for (int i = 0; i < read.count; i++) {
            if (read.messages[i].code == BR_TRANSACTION)
                fail("%s has a transaction that no step sent", opens[open].name);
        }
        put_messages(open, &read);
    }
}

static void poll_owner(uint32_t node)
{
    poll_open(node >> NODE_BITS);
}

// ---- Commands about counts ----

// Changes a count, and returns whether its node may have messages for its owner: only where a reference has no count of a kind before or
// afterwards does the driver count at the node.
static int add_to(struct held *held, int is_weak, int change)
{
    int *count = is_weak ? &held->weak : &held->strong, before = *count;
    *count += change;
    return !before != !*count;
}

// Writes the row of a command about a count, and returns whether its node may have messages for its owner.
static int put_count(int open, uint32_t code, uint32_t handle, struct held *held, int error)
{
    int is_weak = code == BC_INCREFS || code == BC_DECREFS;
    int is_increase = code == BC_INCREFS || code == BC_ACQUIRE;
    PUT(.operation = is_increase ? "AddReference" : "RemoveReference", .open = open, .handle = handle, .is_weak = is_weak,
        .command = name_of_command(code), .answer = name_of_error(error));
    if (!held)
        return 0;

    // A strong count needs one that is there, and none falls below 0.
    int count = is_weak ? held->weak : held->strong, is_done = is_increase ? is_weak || count > 0 : count > 0;
    return is_done && add_to(held, is_weak, is_increase ? 1 : -1);
}

static void change_count(int open, uint32_t code, uint32_t handle, struct held *held)
{
    int error = ask(open, (struct request) { .action = COMMAND, .code = code, .handle = handle })->error;
    uint32_t node = held ? held->node : 0;
    if (put_count(open, code, handle, held, error))
        poll_owner(node);
}

// Writes the row of a buffer that was freed. The counts that it frees are the same ones that commands change: by its handle, whatever that is now.
static void put_free(int open, const struct buffer *buffer, int error)
{
    if (error)
        fail("a buffer of %s cannot be freed: %s", opens[open].name, strerror(error));
    if (buffer->is_returned) {
        PUT(.open = open, .node = buffer->node, .is_weak = buffer->is_weak, .command = "BC_FREE_BUFFER");
        poll_open(open);
    }
    if (!buffer->has_count)
        return;
    PUT(.operation = "RemoveReference", .open = open, .handle = buffer->handle, .is_weak = buffer->is_weak, .command = "BC_FREE_BUFFER");
    struct held *held = find_held(open, buffer->node);
    if (!held || held->handle != buffer->handle)
        held = find_handle(open, buffer->handle);
    if (!held || (buffer->is_weak ? held->weak : held->strong) == 0)
        return;
    uint32_t node = held->node;
    if (add_to(held, buffer->is_weak, -1))
        poll_owner(node);
}

static void free_one(int open, const struct buffer *buffer)
{
    put_free(open, buffer, ask(open, (struct request) { .action = COMMAND, .code = BC_FREE_BUFFER, .value = buffer->address })->error);
}

// ---- Transactions ----

static void dump(const char *moment, int caller);

static const struct message *find_message(const struct answer *answer, uint32_t code)
{
    for (int i = 0; i < answer->count; i++) {
        if (answer->messages[i].code == code)
            return &answer->messages[i];
    }
    return NULL;
}

// Takes the refusal of a transaction, if there is one, out of what its sender has read.
static const char *take_refusal(struct answer *answer)
{
    for (int i = 0; i < answer->count; i++) {
        uint32_t code = answer->messages[i].code;
        if (code == BR_FAILED_REPLY || code == BR_DEAD_REPLY || code == BR_FROZEN_REPLY || code == BR_PENDING_FROZEN) {
            memmove(&answer->messages[i], &answer->messages[i + 1], (answer->count - i - 1) * sizeof answer->messages[0]);
            answer->count--;
            return name_of_message(code);
        }
    }
    return "";
}

// What a transaction or a reply carries: a node, or -1, and what becomes of it.
struct parcel {
    int64_t node;
    int is_weak;
    int keeps_strong;
    int keeps_weak;
    int holds_buffer;
};

// Returns whether the sender has the node to send.
static int fill_object(int sender, const struct parcel *parcel, struct request *request)
{
    if (parcel->node < 0)
        return 1;
    request->has_object = 1;
    request->object.flags = 0x7f;
    if (parcel->node >> NODE_BITS == sender) {
        uint8_t *bits = &created[parcel->node >> 3], bit = 1 << (parcel->node & 7);
        if (!(*bits & bit))
            PUT(.operation = "NewNode", .open = sender, .node = parcel->node);
        *bits |= bit;
        request->object.hdr.type = parcel->is_weak ? BINDER_TYPE_WEAK_BINDER : BINDER_TYPE_BINDER;
        request->object.binder = request->object.cookie = pointer_of(parcel->node);
        return 1;
    }
    struct held *held = find_held(sender, parcel->node);
    if (!held)
        return 0;
    request->object.hdr.type = parcel->is_weak ? BINDER_TYPE_WEAK_HANDLE : BINDER_TYPE_HANDLE;
    request->object.handle = held->handle;
    return 1;
}

// What a process does with the transaction or the reply that it reads.
static struct request taken_by(const struct parcel *parcel)
{
    return (struct request) { .action = READ, .keeps_strong = parcel->keeps_strong, .keeps_weak = parcel->keeps_weak, .frees = !parcel->holds_buffer };
}

// Writes the rows of a node that has arrived: with it, of the counts that the receiver has taken, and of the buffer that it has freed.
static void arrive(int receiver, const struct parcel *parcel, const struct message *message)
{
    struct buffer buffer = { .address = message->buffer, .is_weak = parcel->is_weak };
    int is_told = 0;
    if (message->has_object && (message->type == BINDER_TYPE_HANDLE || message->type == BINDER_TYPE_WEAK_HANDLE)) {
        buffer.node = parcel->node;
        buffer.handle = message->handle;
        buffer.has_count = 1;
        PUT(.operation = "AddReference", .open = receiver, .node = parcel->node, .handle = message->handle, .is_weak = parcel->is_weak,
            .command = "arrives");
        add_count(receiver, parcel->node, message->handle, parcel->is_weak);
        if (parcel->keeps_strong)
            is_told |= put_count(receiver, BC_ACQUIRE, message->handle, find_held(receiver, parcel->node), message->strong_error);
        if (parcel->keeps_weak)
            is_told |= put_count(receiver, BC_INCREFS, message->handle, find_held(receiver, parcel->node), message->weak_error);
    } else if (message->has_object) {
        buffer.node = node_of(message->value);
        buffer.is_returned = parcel->holds_buffer;
        PUT(.open = receiver, .node = buffer.node, .is_weak = parcel->is_weak, .command = "returns", .read = parcel->holds_buffer ? "held" : "");
    }
    struct opened *opened = &opens[receiver];
    if (!parcel->holds_buffer)
        put_free(receiver, &buffer, message->free_error);
    else if (opened->buffer_count == MAX_BUFFERS)
        fail("%s holds %d buffers", opened->name, MAX_BUFFERS);
    else
        opened->buffers[opened->buffer_count++] = buffer;
    if (is_told)
        poll_owner(parcel->node);
}

static void read_call(struct answer *read, int receiver, const struct parcel *parcel, struct message *call)
{
    ask_for(read, receiver, taken_by(parcel));
    const struct message *found = find_message(read, BR_TRANSACTION);
    if (!found)
        fail("%s did not get the transaction", opens[receiver].name);
    *call = *found;
}

static void put_transaction(int sender, const struct parcel *parcel, uint32_t target, const char *kind, const char *refusal)
{
    PUT(.open = sender, .node = parcel->node, .handle = target, .is_weak = parcel->is_weak, .command = "BC_TRANSACTION", .answer = refusal,
        .read = kind);
}

static void send_one_way(int sender, int receiver, uint32_t target, const struct parcel *parcel)
{
    struct request request = { .action = CALL, .handle = target, .flags = TF_ONE_WAY };
    if (!fill_object(sender, parcel, &request)) {
        leave_out();
        return;
    }
    struct answer sent, read;
    ask_for(&sent, sender, request);
    const char *refusal = take_refusal(&sent);
    put_transaction(sender, parcel, target, "one-way", refusal);
    put_messages(sender, &sent);
    if (*refusal && strcmp(refusal, "BR_TRANSACTION_PENDING_FROZEN"))
        return;
    struct message call;
    read_call(&read, receiver, parcel, &call);
    put_messages(receiver, &read);
    arrive(receiver, parcel, &call);
}

// A call and its reply, one of which carries the node. The caller's messages wait for the reply.
// MOMENT is that of a dump while the callee has the call, or NULL.
static void exchange(int caller, int callee, uint32_t target, const struct parcel *parcel, int is_in_reply, const char *moment)
{
    static const struct parcel nothing = { .node = -1 };
    struct request request = { .action = CALL, .handle = target }, reply = { .action = REPLY };
    if (!fill_object(is_in_reply ? callee : caller, parcel, is_in_reply ? &reply : &request)) {
        leave_out();
        return;
    }
    const struct parcel *there = is_in_reply ? &nothing : parcel, *back = is_in_reply ? parcel : &nothing;
    ask(caller, request);
    struct answer called;
    ask_for(&called, callee, (struct request) { .action = READ });
    const struct message *call = find_message(&called, BR_TRANSACTION);
    if (!call) {
        // The caller has read the refusal by now.
        put_messages(callee, &called);
        struct answer sent;
        ask_for(&sent, caller, (struct request) { .action = READ });
        put_transaction(caller, there, target, "call", take_refusal(&sent));
        put_messages(caller, &sent);
        return;
    }
    struct message received = *call;
    struct answer replied, answered;
    if (moment) {
        put_transaction(caller, there, target, "call", "");
        dump(moment, caller);
    }
    ask_for(&replied, callee, reply);
    ask_for(&answered, caller, taken_by(back));

    // The caller reads that a reply is refused; who replied does not.
    const char *refusal = take_refusal(&answered);
    if (!moment)
        put_transaction(caller, there, target, "call", is_in_reply ? "" : refusal);
    if (is_in_reply)
        PUT(.open = callee, .node = parcel->node, .is_weak = parcel->is_weak, .command = "BC_REPLY", .answer = refusal);
    put_messages(callee, &called);
    put_messages(callee, &replied);
    put_messages(caller, &answered);

    // Only now, so that the owner of the node that was sent has read that it is held.
    struct request taking = taken_by(there);
    taking.action = TAKE;
    taking.taken = received;
    received = ask(callee, taking)->messages[0];
    arrive(callee, there, &received);
    const struct message *result = find_message(&answered, BR_REPLY);
    if (result) {
        struct message last = *result;
        arrive(caller, back, &last);
    }
}

// ---- Processes ----

static int active_processes(void)
{
    static char text[1 << 16];
    int file = open(DEBUG_FOLDER "/stats", O_RDONLY);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (size < 0)
        fail("the driver's statistics cannot be read: %s", strerror(errno));
    close(file);
    text[size] = 0;
    const char *line = strstr(text, "\nproc: active ");
    return line ? atoi(line + strlen("\nproc: active ")) : 0;
}

// The driver cleans up after an exit in its own time.
static void wait_for_processes(void)
{
    int expected = 0;
    for (int i = 0; i < open_count; i++)
        expected += !opens[i].is_dead;
    for (int i = 0; active_processes() != expected; i++) {
        if (i == 20000)
            fail("the driver has %d opens, and %d are expected", active_processes(), expected);
        usleep(500);
    }
}

static int add_open(const char *name, const char *device)
{
    if (open_count == MAX_OPENS)
        fail("there are more than %d opens", MAX_OPENS);
    struct opened *opened = &opens[open_count];
    memset(opened, 0, sizeof *opened);
    snprintf(opened->name, sizeof opened->name, "%s", name);
    snprintf(opened->device, sizeof opened->device, "/dev/%s", device);
    opened->capacity = 64;
    opened->table = calloc(opened->capacity, sizeof *opened->table);
    return open_count++;
}

static void open_in_process(int open, int process, int slot)
{
    struct opened *opened = &opens[open];
    opened->process = process;
    opened->slot = slot;
    opened->number = 1;
    for (int i = 0; i < open; i++)
        opened->number += opens[i].process == process && !strcmp(opens[i].device, opened->device);
    struct request request = { .action = OPEN };
    memcpy(request.device, opened->device, sizeof opened->device);
    int error = ask(open, request)->error;
    if (error)
        fail("%s cannot be opened: %s", opened->device, strerror(error));
    PUT(.operation = "NewProcess", .open = open, .command = "open");
}

static void start_process(const char *name, const char *device, int uid)
{
    int open = add_open(name, device), ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
        fail("there is no socket: %s", strerror(errno));
    fflush(NULL);
    int pid = fork();
    if (pid < 0)
        fail("there is no process: %s", strerror(errno));
    if (!pid) {
        close(ends[0]);
        for (int i = 0; i < open; i++) {
            if (!opens[i].is_dead)
                close(opens[i].socket);
        }
        if (uid && setuid(uid))
            _exit(1);
        work(ends[1]);
    }
    close(ends[1]);
    opens[open].socket = ends[0];
    opens[open].pid = pid;
    opens[open].uid = uid;
    if (is_tracing) {
        char text[16];
        snprintf(text, sizeof text, "%d", pid);
        write_file(TRACE_FOLDER "/set_event_pid", text);
    }
    open_in_process(open, open, 0);
}

static void open_again(const char *name, int process, const char *device)
{
    int open = add_open(name, device), slot = 1;
    for (int i = 0; i < open; i++)
        slot += i != process && opens[i].process == process;
    opens[open].socket = opens[process].socket;
    opens[open].pid = opens[process].pid;
    opens[open].uid = opens[process].uid;
    open_in_process(open, process, slot);
}

static void end_process(int process)
{
    kill(opens[process].pid, SIGKILL);
    waitpid(opens[process].pid, NULL, 0);
    close(opens[process].socket);
    for (int i = 0; i < open_count; i++) {
        if (opens[i].process == process)
            opens[i].is_dead = 1;
    }
    wait_for_processes();
}

static void exit_process(int open)
{
    int process = opens[open].process;
    end_process(process);

    // The driver cleans up after the newest open first.
    for (int i = open_count - 1; i >= 0; i--) {
        if (opens[i].process == process)
            PUT(.operation = "RemoveProcess", .open = i, .command = "exit");
    }
    for (int i = 0; i < open_count; i++)
        poll_open(i);
}

// ---- Dumps ----

static void copy(const char *from, const char *to)
{
    static char text[1 << 16];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in < 0 || out < 0)
        fail("%s cannot be copied: %s", from, strerror(errno));
    ssize_t size;
    while ((size = read(in, text, sizeof text)) > 0) {
        if (write(out, text, size) != size)
            fail("%s cannot be written: %s", to, strerror(errno));
    }
    if (size < 0 || close(out))
        fail("%s cannot be copied: %s", from, strerror(errno));
    close(in);
}

static void put_held(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fail("%s cannot be written: %s", path, strerror(errno));
    for (int i = 0; i < open_count; i++) {
        for (uint32_t at = 0; at < opens[i].capacity && !opens[i].is_dead; at++) {
            struct held *held = &opens[i].table[at];
            if (held->strong || held->weak)
                fprintf(file, "%s\t%u\t%d\t%d\n", opens[i].name, held->handle, held->strong, held->weak);
        }
    }
    fclose(file);
}

static void dump(const char *moment, int caller)
{
    static const char *files[] = { "state", "stats", "transactions", "transaction_log", "failed_transaction_log" };
    char from[512], to[512];
    snprintf(to, sizeof to, "%s/%s", folder, moment);
    mkdir(to, 0755);
    snprintf(to, sizeof to, "%s/%s/proc", folder, moment);
    mkdir(to, 0755);
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(from, sizeof from, "%s/%s", DEBUG_FOLDER, files[i]);
        snprintf(to, sizeof to, "%s/%s/%s", folder, moment, files[i]);
        copy(from, to);
    }
    DIR *processes = opendir(DEBUG_FOLDER "/proc");
    for (struct dirent *each; processes && (each = readdir(processes));) {
        if (each->d_name[0] == '.')
            continue;
        snprintf(from, sizeof from, "%s/proc/%.60s", DEBUG_FOLDER, each->d_name);
        snprintf(to, sizeof to, "%s/%s/proc/%.60s", folder, moment, each->d_name);
        copy(from, to);
    }
    closedir(processes);
    snprintf(to, sizeof to, "%s/%s/held.tsv", folder, moment);
    put_held(to);
    PUT(.open = caller, .command = "dump", .read = moment);
}

static void start_trace(int has_all)
{
    char text[16];
    snprintf(text, sizeof text, "%d", getpid());
    write_file(TRACE_FOLDER "/set_event_pid", text);
    write_file(TRACE_FOLDER "/buffer_size_kb", "8192");

    // To truncate it is to forget what is of an earlier scenario.
    close(open(TRACE_FOLDER "/trace", O_WRONLY | O_TRUNC));
    if (has_all)
        write_file(TRACE_FOLDER "/events/binder/enable", "1");

    // What the driver's functions for references ask for tells the size of each bitmap: up to 2048 handles.
    write_file(TRACE_FOLDER "/events/kmem/kmalloc/filter", "bytes_req <= 256");
    write_file(TRACE_FOLDER "/events/kmem/kmalloc/enable", "1");
    marker = open(TRACE_FOLDER "/trace_marker", O_WRONLY);
    is_tracing = 1;
}

static void end_trace(void)
{
    char to[512];
    write_file(TRACE_FOLDER "/events/enable", "0");
    snprintf(to, sizeof to, "%s/trace.txt", folder);
    copy(TRACE_FOLDER "/trace", to);
}

// ---- Steps ----

static int find_open(const char *name)
{
    for (int i = open_count - 1; i >= 0; i--) {
        if (!strcmp(opens[i].name, name))
            return i;
    }
    return -1;
}

static int get_open(const char *name)
{
    int open = find_open(name);
    if (open < 0)
        fail("there is no process %s", name);
    return open;
}

static int64_t get_node(const char *text)
{
    const char *dot = strrchr(text, '.');
    if (!strcmp(text, "-"))
        return -1;
    char name[32];
    if (!dot || dot - text >= (int)sizeof name)
        fail("'%s' is not a node: OWNER.NUMBER", text);
    memcpy(name, text, dot - text);
    name[dot - text] = 0;
    return ((int64_t)get_open(name) << NODE_BITS) | (atoi(dot + 1) & ((1 << NODE_BITS) - 1));
}

static int manager_of(int open)
{
    for (int i = 0; i < open_count; i++) {
        if (opens[i].is_manager && !opens[i].is_dead && !strcmp(opens[i].device, opens[open].device))
            return i;
    }
    return -1;
}

// Finds what to send to: the receiver's node 0, or the manager. Returns 0 if the sender holds no such handle.
static int find_target(int sender, int receiver, uint32_t *handle)
{
    struct held *held = find_held(sender, (uint32_t)receiver << NODE_BITS);
    *handle = held ? held->handle : 0;
    return held ? held->strong > 0 : manager_of(sender) == receiver;
}

// Finds the handle that a step names: =NUMBER, or that of a node. Returns 0 if the process does not hold it.
static int find_target_of(int open, const char *text, uint32_t *handle, struct held **held)
{
    if (*text == '=') {
        *handle = strtoul(text + 1, NULL, 0);
        *held = find_handle(open, *handle);
        return 1;
    }
    *held = find_held(open, get_node(text));
    if (*held)
        *handle = (*held)->handle;
    return *held != NULL;
}

static struct parcel get_parcel(int count, char **words)
{
    struct parcel parcel = { .node = get_node(words[0]) };
    for (int i = 1; i < count; i++) {
        if (!strcmp(words[i], "weakly"))
            parcel.is_weak = 1;
        else if (!strcmp(words[i], "keep"))
            parcel.keeps_strong = 1;
        else if (!strcmp(words[i], "keepweak"))
            parcel.keeps_weak = 1;
        else if (!strcmp(words[i], "hold"))
            parcel.holds_buffer = 1;
        else
            fail("'%s' is not an option", words[i]);
    }
    return parcel;
}

static void drop(int open, uint32_t node)
{
    struct held *held = find_held(open, node);
    uint32_t handle = held->handle;
    int strong = held->strong, weak = held->weak;
    for (int i = 0; i < opens[open].buffer_count; i++) {
        struct buffer *buffer = &opens[open].buffers[i];
        if (buffer->has_count && buffer->handle == handle)
            *(buffer->is_weak ? &weak : &strong) -= 1;
    }
    while (strong-- > 0)
        change_count(open, BC_RELEASE, handle, find_held(open, node));
    while (weak-- > 0)
        change_count(open, BC_DECREFS, handle, find_held(open, node));
}

static void notify(int open, uint32_t code, const char *operation, const char *kind, const char *target, const char *cookie)
{
    uint32_t handle = 0;
    struct held *held;
    if (target && !find_target_of(open, target, &handle, &held)) {
        leave_out();
        return;
    }
    uint64_t value = strtoull(cookie, NULL, 0);
    int error = ask(open, (struct request) { .action = COMMAND, .code = code, .handle = handle, .value = value })->error;
    PUT(.operation = operation, .open = open, .handle = target ? (int64_t)handle : -1, .kind = kind, .has_cookie = 1, .cookie = value,
        .command = name_of_command(code), .answer = name_of_error(error));
    poll_open(open);
}

static void freeze(int open, int enable)
{
    int by = -1;
    for (int i = 0; i < open_count && by < 0; i++) {
        if (!opens[i].is_dead && opens[i].process != opens[open].process)
            by = i;
    }
    if (by < 0) {
        leave_out();
        return;
    }
    int error = ask(by, (struct request) { .action = FREEZE, .pid = opens[open].pid, .enable = enable })->error;
    PUT(.operation = enable ? "SuspendProcess" : "ResumeProcess", .open = open, .command = "BINDER_FREEZE", .answer = name_of_error(error));
    for (int i = 0; i < open_count; i++)
        poll_open(i);
}

static void read_step(int open)
{
    put_messages(open, ask(open, (struct request) { .action = READ }));
    PUT(.operation = "ReceiveNotification", .open = open, .command = "BR", .read = "(nothing)");
}

static void measure_step(int sender, int receiver, int count, int range)
{
    struct request request = { .action = MEASURE, .value = POINTER_BASE + ((uint64_t)sender << NODE_BITS << 4), .count = count, .range = range };
    if (!find_target(sender, receiver, &request.handle))
        fail("%s does not hold %s.0", opens[sender].name, opens[receiver].name);
    snprintf(request.path, sizeof request.path, "%s/measure.tsv", folder);
    ask(receiver, (struct request) { .action = SERVE });
    int error = ask(sender, request)->error;
    if (error)
        fail("the times cannot be written: %s", strerror(error));
}

static const struct { const char *word; uint32_t code; } count_steps[] = {
    { "acquire", BC_ACQUIRE }, { "release", BC_RELEASE }, { "increfs", BC_INCREFS }, { "decrefs", BC_DECREFS },
};

static const struct { const char *word; uint32_t code; const char *operation; const char *kind; int has_target; } notice_steps[] = {
    { "death", BC_REQUEST_DEATH_NOTIFICATION, "RequestNotification", "Death", 1 },
    { "cleardeath", BC_CLEAR_DEATH_NOTIFICATION, "ClearNotification", "Death", 1 },
    { "deathdone", BC_DEAD_BINDER_DONE, "CompleteNotification", "Death", 0 },
    { "freeze", BC_REQUEST_FREEZE, "RequestNotification", "Freeze", 1 },
    { "clearfreeze", BC_CLEAR_FREEZE, "ClearNotification", "Freeze", 1 },
    { "freezedone", BC_FREEZE_DONE, "CompleteNotification", "Freeze", 0 },
};

static void transact_step(int open, const char *target)
{
    struct parcel nothing = { .node = -1 };
    uint32_t handle;
    struct held *held;
    if (!find_target_of(open, target, &handle, &held)) {
        leave_out();
        return;
    }
    int receiver = held ? (int)(held->node >> NODE_BITS) : manager_of(open);
    send_one_way(open, receiver < 0 ? open : receiver, handle, &nothing);
}

static void do_transfer(const char *word, int from, int to, int count, char **words)
{
    struct parcel parcel = get_parcel(count, words);
    uint32_t target;
    if (opens[to].is_dead || !find_target(from, to, &target)) {
        leave_out();
        return;
    }
    if (parcel.holds_buffer && strcmp(word, "fetch"))
        fail("only the buffer of a reply can be held: another would delay the next transaction");
    if (!strcmp(word, "send"))
        send_one_way(from, to, target, &parcel);
    else
        exchange(from, to, target, &parcel, !strcmp(word, "fetch"), NULL);
}

static void dump_during_call(const char *moment, int from, int to)
{
    struct parcel nothing = { .node = -1 };
    uint32_t target;
    if (from == to || !find_target(from, to, &target))
        leave_out();
    else
        exchange(from, to, target, &nothing, 0, moment);
}

// The step of a process that is gone is left out, so that each part of a scenario is one.
static int is_about_dead(const char *name)
{
    int open = find_open(name);
    return open < 0 || opens[open].is_dead;
}

// A node of a process that the scenario does not start.
static int has_no_owner(const char *text)
{
    const char *dot = strrchr(text, '.');
    char name[32];
    if (!dot || dot - text >= (int)sizeof name)
        return 0;
    memcpy(name, text, dot - text);
    name[dot - text] = 0;
    return find_open(name) < 0;
}

static void do_step(int count, char **words)
{
    const char *word = words[0];
    if (!strcmp(word, "process") && (count == 3 || count == 4)) {
        start_process(words[1], words[2], count == 4 ? atoi(words[3]) : 0);
        return;
    }
    if (!strcmp(word, "dump") && count == 2) {
        dump(words[1], -1);
        return;
    }
    if (!strcmp(word, "dump") && count == 4) {
        if (is_about_dead(words[2]) || is_about_dead(words[3]))
            leave_out();
        else
            dump_during_call(words[1], get_open(words[2]), get_open(words[3]));
        return;
    }
    if (!strcmp(word, "quiet") && count == 2) {
        is_quiet = !strcmp(words[1], "on");

        // Afterwards everybody has read everything.
        for (int i = 0; i < open_count; i++)
            poll_open(i);
        PUT(.command = "quiet", .read = words[1]);
        return;
    }
    if (!strcmp(word, "trace") && (count == 1 || !strcmp(words[1], "bitmaps"))) {
        start_trace(count == 1);
        return;
    }
    if (count < 2)
        fail("'%s' is not a step", word);
    int is_left_out = is_about_dead(words[1]);
    for (int i = 2; i < count; i++)
        is_left_out |= has_no_owner(words[i]);
    if (is_left_out) {
        leave_out();
        return;
    }
    int open = get_open(words[1]);
    for (unsigned i = 0; i < sizeof count_steps / sizeof count_steps[0]; i++) {
        uint32_t handle;
        struct held *held;
        if (strcmp(word, count_steps[i].word) || count != 3)
            continue;
        if (find_target_of(open, words[2], &handle, &held))
            change_count(open, count_steps[i].code, handle, held);
        else
            leave_out();
        return;
    }
    for (unsigned i = 0; i < sizeof notice_steps / sizeof notice_steps[0]; i++) {
        if (strcmp(word, notice_steps[i].word) || count != (notice_steps[i].has_target ? 4 : 3))
            continue;
        notify(open, notice_steps[i].code, notice_steps[i].operation, notice_steps[i].kind, notice_steps[i].has_target ? words[2] : NULL,
            words[count - 1]);
        return;
    }
    if (!strcmp(word, "manager") && count == 2) {
        int error = ask(open, (struct request) { .action = SET_MANAGER })->error;
        opens[open].is_manager |= !error;
        PUT(.operation = "SetManager", .open = open, .command = "BINDER_SET_CONTEXT_MGR", .answer = name_of_error(error));
    } else if (!strcmp(word, "exit") && count == 2) {
        exit_process(open);
    } else if (!strcmp(word, "read") && count == 2) {
        read_step(open);
    } else if (!strcmp(word, "suspend") && count == 2) {
        freeze(open, 1);
    } else if (!strcmp(word, "resume") && count == 2) {
        freeze(open, 0);
    } else if (!strcmp(word, "again") && count == 4) {
        open_again(words[2], opens[open].process, words[3]);
    } else if (!strcmp(word, "transact") && count == 3) {
        transact_step(open, words[2]);
    } else if (!strcmp(word, "free") && count == 2) {
        struct opened *opened = &opens[open];
        if (opened->buffer_count == 0) {
            leave_out();
            return;
        }
        struct buffer oldest = opened->buffers[0];
        memmove(opened->buffers, opened->buffers + 1, --opened->buffer_count * sizeof oldest);
        free_one(open, &oldest);
    } else if (!strcmp(word, "drop") && count == 3) {
        if (find_held(open, get_node(words[2])))
            drop(open, get_node(words[2]));
        else
            leave_out();
    } else if (!strcmp(word, "measure") && count == 5) {
        measure_step(open, get_open(words[2]), atoi(words[3]), atoi(words[4]));
    } else if ((!strcmp(word, "send") || !strcmp(word, "call") || !strcmp(word, "fetch")) && count >= 4) {
        if (is_about_dead(words[2]))
            leave_out();
        else
            do_transfer(word, open, get_open(words[2]), count - 3, words + 3);
    } else {
        fail("'%s' is not a step, or has too few or too many words", word);
    }
}

static void play(void)
{
    char line[256];
    FILE *steps = fopen(scenario, "r");
    if (!steps)
        fail("it cannot be read: %s", strerror(errno));
    wait_for_processes();
    while (fgets(line, sizeof line, steps)) {
        char *words[MAX_WORDS];
        int count = 0;
        step++;
        for (char *word = strtok(line, " \t\n"); word && *word != '#' && count < MAX_WORDS; word = strtok(NULL, " \t\n"))
            words[count++] = word;
        if (count == 0)
            continue;
        if (marker >= 0)
            dprintf(marker, "step %d\n", step);
        do_step(count, words);
    }
    fclose(steps);
}

int main(int count, char **arguments)
{
    char path[512];
    if (count != 3)
        fail("usage: conform SCENARIO FOLDER");
    scenario = arguments[1];
    folder = arguments[2];
    created = calloc((size_t)MAX_OPENS << NODE_BITS >> 3, 1);
    snprintf(path, sizeof path, "%s/rows.csv", folder);
    rows = fopen(path, "w");
    if (!rows || !created)
        fail("%s cannot be written: %s", path, strerror(errno));
    setvbuf(rows, NULL, _IOFBF, 1 << 16);
    fputs("Row,Step,Operation,Process,Node,Handle,Count,Weak,Kind,Cookie,Context,Id,Uid,OpenNumber,Command,Answer,Read\n", rows);
    play();
    if (is_tracing)
        end_trace();
    for (int i = 0; i < open_count; i++) {
        if (opens[i].process == i && !opens[i].is_dead)
            end_process(i);
    }
    if (fclose(rows))
        fail("%s cannot be written: %s", path, strerror(errno));

    // The last of all: without it, the results are a part.
    snprintf(path, sizeof path, "%s/end.txt", folder);
    FILE *end = fopen(path, "w");
    if (!end || fprintf(end, "%ld\n", row_count) < 0 || fclose(end))
        fail("%s cannot be written: %s", path, strerror(errno));
    printf("%s: %ld rows, %ld steps left out\n", scenario, row_count, skipped);
    return 0;
}
