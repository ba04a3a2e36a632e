/*
 * The service host: what its parts offer each other.
 *
 * ENVIRONMENT\services\service.exe NAME LOG, started by Windows' service manager, runs the program that the current release's
 * services\NAME.conf describes, and keeps what it writes in the file LOG. The release is the one that the file ENVIRONMENT\current names: what a service runs changes with
 * the one file that everything else changes with, and the service manager knows nothing of releases.
 */
#ifndef SERVICE_H
#define SERVICE_H
#include "base.h"

#define LONGEST_TEXT (4 * LONGEST_PATH)

struct lines {
    WCHAR **text;
    DWORD count;
};

void add_line(struct lines *lines, WCHAR *text);

/* A release's services\NAME.conf. Times are in seconds, sizes in bytes. */
struct settings {
    WCHAR *program;           /* the file to run */
    WCHAR *command;           /* its whole command line */
    WCHAR *directory;         /* where it runs */
    WCHAR *release;           /* the release's folder */
    DWORD log_size;           /* of one log file */
    DWORD log_count;          /* how many old ones are kept */
    DWORD stop_timeout;       /* how long it may take to end after Ctrl-C */
    struct lines environment; /* NAME=VALUE: set */
    struct lines remove;      /* NAME: taken out of the environment */
    struct lines path;        /* folders put in front of PATH */
    struct lines libraries;   /* folders, besides Windows' own, where its DLLs may lie */
};

enum reading { SETTINGS_READ, SETTINGS_UNREADABLE, SETTINGS_TOO_LARGE, SETTINGS_MALFORMED, SETTINGS_NEWER };

/* error: Windows' number where the file is unreadable, the line's where it is malformed, the format where it is a newer one. */
enum reading read_settings(WCHAR *path, struct settings *settings, DWORD *error);

enum kind { NOTE, FAILURE };

/* name: the service's, under which events appear. */
void open_events(const WCHAR *name);
/*
 * A file that can't be written now is tried again with every line: until then the last of what it should hold is kept, and the event
 * log says so once.
 */
void open_log(WCHAR *path);
/* One file's size in bytes, and how many old ones are kept. */
void limit_log(DWORD size, DWORD count);
void log_bytes(const char *bytes, DWORD count);
/* Parts of one sentence, NULL after the last one: to the log with the time, and to Windows' event log. */
void say(enum kind kind, const WCHAR *first, ...);
WCHAR *number_text(DWORD number);
/* A program's exit code. */
WCHAR *code_text(DWORD code);
/* A number of Windows' errors, with its words. */
WCHAR *error_text(DWORD error);

/* The last bytes of a stream: so many of them at least, if there were so many. */
#define KEPT 16384
struct tail {
    char *bytes; /* room for twice as many; NULL before the first one */
    DWORD count;
    LONGLONG dropped; /* how many came before those */
};

void keep(struct tail *tail, const char *bytes, DWORD count);

struct child {
    HANDLE process;
    HANDLE job; /* NULL: it is in none, which was said */
    HANDLE pump;
    DWORD id;
};

enum starting { STARTED, NO_STREAMS, NO_PROGRAM };

/* GetLastError says why it could not be started. */
enum starting start_child(const struct settings *settings, struct child *child);
/* Ctrl-C to all processes on the child's console. 0: it has none, or this process can't be guarded: nothing was sent. */
int interrupt_child(const struct child *child);
/* How many processes are left of the child and all that it started. */
DWORD count_processes(const struct child *child);
/* Ends all that there is of the tree now; it is over when none is left of those that are ending. Console hosts end after their last program. */
void end_child(const struct child *child);
DWORD count_ending(const struct child *child);
/* Waits until everything that it wrote is in the log. 0: not yet. */
int wait_output(const struct child *child, DWORD milliseconds);
/* The last thing that it wrote: at most so many bytes, and a zero. */
DWORD last_output(char *bytes, DWORD limit);

/* Whether somebody wants the service to stop by now: nothing long is begun then. */
int is_stop_wanted(void);
/* Says why the program may have ended with this code: its meaning, or the DLL that is missing. */
void explain_end(const struct settings *settings, DWORD code);
/* Names DLLs that the program's file needs and that are nowhere; answers how many. */
DWORD explain_program(const struct settings *settings);

#endif
