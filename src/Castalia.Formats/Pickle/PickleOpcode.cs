namespace Castalia.Formats;

/// <summary>
/// The instructions of a pickle, all protocols up to 5, by the names of Python's <c>pickletools</c>. <see cref="PickleReader"/> knows those that state
/// dictionaries use.
/// </summary>
internal enum PickleOpcode : byte
{
    MARK = (byte)'(', STOP = (byte)'.', POP = (byte)'0', POP_MARK = (byte)'1', DUP = (byte)'2', FLOAT = (byte)'F', INT = (byte)'I', BININT = (byte)'J',
    BININT1 = (byte)'K', LONG = (byte)'L', BININT2 = (byte)'M', NONE = (byte)'N', PERSID = (byte)'P', BINPERSID = (byte)'Q', REDUCE = (byte)'R',
    STRING = (byte)'S', BINSTRING = (byte)'T', SHORT_BINSTRING = (byte)'U', UNICODE = (byte)'V', BINUNICODE = (byte)'X', APPEND = (byte)'a',
    BUILD = (byte)'b', GLOBAL = (byte)'c', DICT = (byte)'d', EMPTY_DICT = (byte)'}', APPENDS = (byte)'e', GET = (byte)'g', BINGET = (byte)'h',
    INST = (byte)'i', LONG_BINGET = (byte)'j', LIST = (byte)'l', EMPTY_LIST = (byte)']', OBJ = (byte)'o', PUT = (byte)'p', BINPUT = (byte)'q',
    LONG_BINPUT = (byte)'r', SETITEM = (byte)'s', TUPLE = (byte)'t', EMPTY_TUPLE = (byte)')', SETITEMS = (byte)'u', BINFLOAT = (byte)'G',

    // Protocol 2.
    PROTO = 0x80, NEWOBJ, EXT1, EXT2, EXT4, TUPLE1, TUPLE2, TUPLE3, NEWTRUE, NEWFALSE, LONG1, LONG4,

    // Protocol 3.
    BINBYTES = (byte)'B', SHORT_BINBYTES = (byte)'C',

    // Protocol 4.
    SHORT_BINUNICODE = 0x8C, BINUNICODE8, BINBYTES8, EMPTY_SET, ADDITEMS, FROZENSET, NEWOBJ_EX, STACK_GLOBAL, MEMOIZE, FRAME,

    // Protocol 5.
    BYTEARRAY8 = 0x96, NEXT_BUFFER, READONLY_BUFFER,
}
