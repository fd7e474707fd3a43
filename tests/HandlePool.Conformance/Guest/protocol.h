// What the director of a scenario and its processes say to each other.

#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdint.h>
#include <linux/android/binder.h>

// Linux 6.12 has these; its older headers do not.
struct notice_command { uint32_t handle; uint64_t cookie; } __attribute__((packed));
struct frozen_notice { uint64_t cookie; uint32_t is_frozen; uint32_t reserved; };
#define BC_REQUEST_FREEZE _IOW('c', 19, struct notice_command)
#define BC_CLEAR_FREEZE _IOW('c', 20, struct notice_command)
#define BC_FREEZE_DONE _IOW('c', 21, uint64_t)
#define BR_PENDING_FROZEN _IO('r', 20)
#define BR_FROZEN _IOR('r', 21, struct frozen_notice)
#define BR_CLEAR_FREEZE_DONE _IOR('r', 22, uint64_t)

#define MAX_OPENS 64

// What an exit may cause at once for the owner of 1,000 nodes; two messages each. All of them fit into a packet of a socket.
#define MAX_MESSAGES 2048

enum action { OPEN, COMMAND, CALL, READ, TAKE, REPLY, SET_MANAGER, FREEZE, SERVE, MEASURE };

struct message {
    uint32_t code;
    int has_object;
    uint32_t type;
    uint32_t handle;
    int is_frozen;
    uint64_t value;          // A cookie or a pointer.
    uint64_t buffer;
    int strong_error;        // What the driver answered to the commands that keep the node, and to the one that frees the buffer.
    int weak_error;
    int free_error;
};

struct request {
    enum action action;
    int slot;                // Which open of the process.
    char device[64];
    uint32_t code;           // The command to write.
    uint32_t handle;
    uint64_t value;          // A cookie, a pointer or a buffer.
    uint32_t flags;          // Of the transaction.
    int has_object;
    struct flat_binder_object object;
    int pid;
    int enable;
    int count;
    int range;
    char path[128];

    // What becomes of a transaction or a reply that READ finds, or of the one that TAKE is about.
    struct message taken;
    int keeps_strong;
    int keeps_weak;
    int frees;
};

struct answer {
    int error;
    int count;
    struct message messages[MAX_MESSAGES];
};

// Does what the director asks for over a socket, until the director is gone.
void work(int socket);

#endif
