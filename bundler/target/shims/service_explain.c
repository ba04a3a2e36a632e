/*
 * Why a program ended. Windows says "a DLL is missing" and not which one, Python names the module and not what it lacks: so the
 * import tables are followed here, from the program or from the release's extension modules, to the file that is nowhere.
 */
#include "service.h"

#define DEEPEST 12
#define MOST_SAID 5
#define TAIL 8192
#define NAMED "DLL load failed while importing " /* Python 3.8 and later */
#define UNNAMED "DLL load failed"

#if defined(_M_ARM64) || defined(__aarch64__)
#define OWN_MACHINE IMAGE_FILE_MACHINE_ARM64
#elif defined(_WIN64)
#define OWN_MACHINE IMAGE_FILE_MACHINE_AMD64
#else
#define OWN_MACHINE IMAGE_FILE_MACHINE_I386
#endif

/* A file below the release: a DLL, which others may need, or an extension module. */
struct found {
    struct found *next;
    WCHAR *path;
    const WCHAR *name;
    int is_module;
};

struct walk {
    const struct settings *settings;
    struct found *files;   /* of the release; read when first asked for */
    struct found *visited; /* no file is followed twice */
    WCHAR *system;
    DWORD said;
};

struct image {
    const unsigned char *bytes;
    DWORD size;
};

static DWORD number_at(const struct image *image, DWORD at, DWORD count)
{
    DWORD number = 0;
    if (at > image->size || count > image->size - at)
        return 0;
    while (count--)
        number = number << 8 | image->bytes[at + count];
    return number;
}

/* Where an address of the loaded image lies in the file; 0: nowhere. */
static DWORD offset_of(const struct image *image, DWORD header, DWORD address)
{
    DWORD count = number_at(image, header + 6, 2), at = header + 24 + number_at(image, header + 20, 2);
    for (; count; count--, at += 40) {
        DWORD start = number_at(image, at + 12, 4), size = number_at(image, at + 16, 4);
        if (address >= start && address - start < size)
            return number_at(image, at + 20, 4) + (address - start);
    }
    return 0;
}

static int is_same(const WCHAR *text, const WCHAR *other)
{
    return CompareStringOrdinal(text, -1, other, -1, TRUE) == CSTR_EQUAL;
}

static int begins(const WCHAR *text, const WCHAR *other)
{
    DWORD length = length_of(other);
    return length_of(text) >= length && CompareStringOrdinal(text, (int)length, other, (int)length, TRUE) == CSTR_EQUAL;
}

static int exists(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static WCHAR *joined(const WCHAR *folder, const WCHAR *name)
{
    WCHAR *path = allocate(length_of(folder) + length_of(name) + 2), *end = append(path, folder);
    if (end > path && end[-1] != '\\')
        end = append(end, L"\\");
    return widened(path, (DWORD)(append(end, name) - path));
}

static struct found *put(struct found *next, WCHAR *path, int is_module)
{
    struct found *entry = (struct found *)allocate((DWORD)(sizeof *entry / sizeof(WCHAR)) + 1);
    const WCHAR *at;
    entry->next = next;
    entry->path = path;
    entry->name = path;
    entry->is_module = is_module;
    for (at = path; *at; at++)
        if (*at == '\\')
            entry->name = at + 1;
    return entry;
}

static void collect(struct walk *walk, const WCHAR *folder, int depth)
{
    WIN32_FIND_DATAW *data = (WIN32_FIND_DATAW *)allocate(sizeof *data);
    HANDLE search = is_stop_wanted() ? INVALID_HANDLE_VALUE : FindFirstFileW(joined(folder, L"*"), data);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        const WCHAR *name = data->cFileName;
        DWORD length = length_of(name);
        if (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
            if (name[0] != '.' && depth)
                collect(walk, joined(folder, name), depth - 1);
        } else if (length > 4 && (is_same(name + length - 4, L".dll") || is_same(name + length - 4, L".pyd"))) {
            walk->files = put(walk->files, joined(folder, name), is_same(name + length - 4, L".pyd"));
        }
    } while (FindNextFileW(search, data));
    FindClose(search);
    HeapFree(GetProcessHeap(), 0, data);
}

static const WCHAR *in_release(struct walk *walk, const WCHAR *name)
{
    struct found *each;
    if (walk->files == NULL)
        collect(walk, walk->settings->release, DEEPEST);
    for (each = walk->files; each != NULL; each = each->next)
        if (is_same(each->name, name))
            return each->path;
    return NULL;
}

/* The file that a needed DLL is; "": Windows has it without a file of that name; NULL: it is nowhere. */
static const WCHAR *find_library(struct walk *walk, const WCHAR *folder, const WCHAR *name)
{
    const struct lines *places[] = {&walk->settings->libraries, &walk->settings->path};
    WCHAR *path = joined(folder, name), *file;
    DWORD i, k;

    if (exists(path))
        return path;
    for (i = 0; i < sizeof places / sizeof *places; i++)
        for (k = 0; k < places[i]->count; k++)
            if (exists(path = joined(places[i]->text[k], name)))
                return path;
    path = allocate(LONGEST_PATH);
    if (SearchPathW(NULL, name, NULL, LONGEST_PATH, path, &file))
        return path;
    if (begins(name, L"api-ms-") || begins(name, L"ext-ms-"))
        return LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32) != NULL ? L"" : NULL;
    return in_release(walk, name);
}

static void follow(struct walk *walk, WCHAR *path, int depth);

static void follow_imports(struct walk *walk, const struct image *image, WCHAR *path, int depth)
{
    DWORD header = number_at(image, 0x3C, 4), wide, at, k, slash = 0;
    WCHAR *folder;

    if (number_at(image, 0, 2) != 0x5A4D || number_at(image, header, 4) != 0x4550)
        return;
    if (number_at(image, header + 4, 2) != OWN_MACHINE) {
        if (!walk->said++)
            say(FAILURE, path, L" is made for another processor: 32-bit and 64-bit files don't go together.", NULL);
        return;
    }
    wide = number_at(image, header + 24, 2) == 0x20B;
    at = number_at(image, header + 24 + (wide ? 120 : 104), 4);
    folder = allocate(length_of(path) + 1);
    append(folder, path);
    for (k = 0; folder[k]; k++)
        if (folder[k] == '\\')
            slash = k;
    folder[slash] = 0;
    for (at = at ? offset_of(image, header, at) : 0; at && number_at(image, at + 12, 4); at += 20) {
        DWORD from = offset_of(image, header, number_at(image, at + 12, 4));
        WCHAR name[260];
        const WCHAR *library;
        for (k = 0; from && k < 259 && number_at(image, from + k, 1); k++)
            name[k] = (WCHAR)number_at(image, from + k, 1);
        name[from ? k : 0] = 0;
        if (!*name)
            continue;
        library = find_library(walk, folder, name);
        if (library == NULL) {
            if (walk->said++ < MOST_SAID)
                say(FAILURE, path, L" needs ", name, L", which is neither in Windows nor in the release.", NULL);
        } else if (*library) {
            follow(walk, (WCHAR *)library, depth - 1);
        }
    }
}

static void follow(struct walk *walk, WCHAR *path, int depth)
{
    struct found *each;
    struct image image;
    HANDLE file, mapping;

    if (depth == 0 || is_stop_wanted() || begins(path, walk->system))
        return;
    for (each = walk->visited; each != NULL; each = each->next)
        if (is_same(each->path, path))
            return;
    walk->visited = put(walk->visited, path, 0);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    if (mapping != NULL) {
        image.size = GetFileSize(file, NULL);
        image.bytes = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
        if (image.bytes != NULL) {
            follow_imports(walk, &image, path, depth);
            UnmapViewOfFile(image.bytes);
        }
        CloseHandle(mapping);
    }
    CloseHandle(file);
}

static void begin(struct walk *walk, const struct settings *settings)
{
    memset(walk, 0, sizeof *walk);
    walk->settings = settings;
    walk->system = allocate(LONGEST_PATH);
    GetSystemDirectoryW(walk->system, LONGEST_PATH);
}

DWORD explain_program(const struct settings *settings)
{
    struct walk walk;
    DWORD i;
    begin(&walk, settings);
    follow(&walk, widened(settings->program, length_of(settings->program)), DEEPEST);
    /* Launchers start a Python that may be the one that lacks something. */
    for (i = 0; i < settings->libraries.count; i++)
        follow(&walk, joined(settings->libraries.text[i], L"python.exe"), DEEPEST);
    return walk.said;
}

static const char *find(const char *text, const char *wanted)
{
    const char *found = NULL;
    DWORD k;
    for (; *text; text++) {
        for (k = 0; wanted[k] && text[k] == wanted[k]; k++)
            ;
        if (!wanted[k])
            found = text;
    }
    return found;
}

/* The module that Python's last words name: those alone if they lack something, else every module of the release. */
static void explain_modules(const struct settings *settings)
{
    char *words = (char *)allocate(TAIL / 2 + 1);
    WCHAR module[128];
    const char *named;
    struct walk walk;
    struct found *each;
    DWORD k = 0;

    last_output(words, TAIL);
    if (find(words, UNNAMED) == NULL)
        return;
    begin(&walk, settings);
    collect(&walk, settings->release, DEEPEST);
    named = find(words, NAMED);
    if (named != NULL) {
        named += sizeof NAMED - 1;
        for (; k < 126 && named[k] > ' ' && named[k] != ':'; k++)
            module[k] = (WCHAR)named[k];
        module[k++] = '.';
        module[k] = 0;
        for (each = walk.files; each != NULL; each = each->next)
            if (each->is_module && begins(each->name, module))
                follow(&walk, each->path, DEEPEST);
    }
    for (each = walk.files; each != NULL && !walk.said; each = each->next)
        if (each->is_module)
            follow(&walk, each->path, DEEPEST);
}

void explain_end(const struct settings *settings, DWORD code)
{
    static const struct { DWORD code; const WCHAR *words; } known[] = {
        {0xC0000135, L"a DLL that it needs is missing"},
        {0xC0000139, L"a DLL that it needs is there in a version that doesn't fit"},
        {0xC0000142, L"a DLL that it needs could not be initialized"},
        {0xC000007B, L"32-bit and 64-bit files are mixed, or one is damaged"},
        {0xC0000005, L"it crashed: it used memory that isn't its own"},
        {0xC0000409, L"it crashed: it stopped itself, its memory was damaged"},
        {0xC00000FD, L"it crashed: its stack was full"},
        {0xC0000022, L"it may not read one of its files"},
        {0xC000013A, L"somebody ended it by Ctrl-C"},
    };
    DWORD i;
    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code)
            say(FAILURE, L"That code says: ", known[i].words, L".", NULL);
    if (code == 0xC0000135 || code == 0xC000007B)
        explain_program(settings);
    else
        explain_modules(settings);
}
