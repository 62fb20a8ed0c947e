/**
 * Numbers of SQLite's C interface as sql.js 1.16.0 (SQLite 3.54, 32-bit pointers) lays it out. SQLite keeps them stable:
 * result codes https://www.sqlite.org/rescode.html, open flags https://www.sqlite.org/c3ref/c_open_autoproxy.html,
 * device characteristics https://www.sqlite.org/c3ref/c_iocap_atomic.html,
 * file controls https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html.
 */
export const Result = {
  ok: 0,
  notFound: 12,
  full: 13,
  cannotOpen: 14,
  ioRead: 266,
  ioShortRead: 522,
  ioWrite: 778,
  ioSync: 1034,
  ioTruncate: 1546,
  ioFileSize: 1802,
  ioDelete: 2570,
  ioAccess: 3338,
  ioClose: 4106,
  ioDeleteNoEntry: 5898,
} as const;

export const OpenFlag = {
  readOnly: 0x1,
  readWrite: 0x2,
  create: 0x4,
  exclusive: 0x10,
  mainDatabase: 0x100,
  writeAheadLog: 0x80000,
} as const;

/** https://www.sqlite.org/c3ref/c_sync_dataonly.html */
export const SYNC_DATA_ONLY = 0x10;

/** https://www.sqlite.org/c3ref/c_access_exists.html */
export const ACCESS_EXISTS = 0;

export const FileControl = { hasMoved: 20, commitPhaseTwo: 22 } as const;

/**
 * An open file cannot be deleted under SQLite by itself, and a write harms no bytes outside its range when the power fails
 * (https://www.sqlite.org/psow.html). The second spares the padding of every WAL transaction to a whole sector.
 */
export const DEVICE_CHARACTERISTICS = 0x800 | 0x1000;
export const SECTOR_SIZE = 4096;

/** Byte offsets in `struct sqlite3_vfs`, https://www.sqlite.org/c3ref/vfs.html, with pointers and ints of 4 bytes. */
export const VfsOffset = {
  version: 0,
  fileBytes: 4,
  maxPath: 8,
  name: 16,
  open: 24,
  delete: 28,
  access: 32,
  fullPathname: 36,
} as const;

/** Length of `struct sqlite3_io_methods` version 1 in words: the version and twelve functions, https://www.sqlite.org/c3ref/io_methods.html. */
export const IO_METHODS_WORDS = 13;

/** A frame of the WAL is a header of 24 bytes and a page; bytes 4 to 7 of the header are not 0 in the frame that commits (https://www.sqlite.org/fileformat2.html#walformat). */
export const WAL_FRAME_HEADER = 24;
export const WAL_FRAME_COMMIT_OFFSET = 4;
