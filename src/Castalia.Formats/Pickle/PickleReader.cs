namespace Castalia.Formats;

/// <summary>
/// A pickle interpreter that makes plain data and nothing else: no name is imported, no code is run. What a pickle asks for by name is looked up in
/// an <see cref="IPickleNames"/>; any other name, and any instruction that state dictionaries do not need, ends the reading. Time and memory
/// are proportional to the pickle's bytes, nesting is bounded, and nothing it makes contains itself.
/// </summary>
internal sealed class PickleReader
{
    /// <summary>How many containers deep a pickle may go.</summary>
    public const int DeepestNesting = 64;

    // Of a model with more than a hundred thousand tensors.
    private const int LongestPickle = 16 << 20;

    private const int LastProtocol = 5;

    private static readonly object True = true, False = false;
    private static readonly object[] SmallIntegers = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    private static readonly PickleTuple EmptyTuple = new([]);

    private readonly MappedFile _file;
    private readonly PickleCursor _cursor;
    private readonly IPickleNames _names;
    private readonly PickleStack _stack;
    private readonly List<object?> _memo = [];
    private long _opcodeAt;
    private long _copied;

    private PickleReader(MappedFile file, PickleCursor cursor, IPickleNames names) =>
        (_file, _cursor, _names, _stack) = (file, cursor, names, new PickleStack(Wrong));

    /// <summary>Reads one pickle.</summary>
    /// <param name="file">The file it is in.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its most bytes.</param>
    /// <param name="member">The archive's member that it is, for messages; null where it lies in the file by itself.</param>
    /// <param name="names">What its names stand for.</param>
    /// <returns>What it makes, and the byte after its end.</returns>
    /// <exception cref="InputException">It is damaged, or asks for more than plain data.</exception>
    public static (object? Value, long End) Read(MappedFile file, long start, long length, string? member, IPickleNames names)
    {
        var cursor = new PickleCursor(file, start, start + Math.Min(length, LongestPickle), member);
        var reader = new PickleReader(file, cursor, names);
        object? value = reader.Run();
        PickleNesting.Check(value, reader.Wrong);
        return (value, cursor.Position);
    }

    /// <summary>The error for what is wrong at the instruction that is being followed.</summary>
    public InputException Wrong(string problem) => Wrong(problem, PytorchFile.Damaged);

    /// <summary>The same with a remedy of its own.</summary>
    public InputException Wrong(string problem, string remedy) => new(_file.Path, _cursor.Place(_opcodeAt), problem, remedy);

    /// <summary>Counts values that an instruction copies, which a pickle may do as often as it has bytes, not that often for each.</summary>
    public void Charge(int values)
    {
        _copied += values;
        if (_copied > 256 + 4L * _cursor.Read)
            throw Wrong($"it copies {_copied} values in its first {_cursor.Read} bytes, which no state dictionary does.");
    }

    private object? Run()
    {
        while (true)
        {
            _opcodeAt = _cursor.Position;
            var opcode = (PickleOpcode)_cursor.Byte();
            if (opcode == PickleOpcode.STOP)
                return _stack.Last();
            Follow(opcode);
        }
    }

    private void Follow(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.PROTO:
                if (_cursor.Byte() is > LastProtocol and var protocol)
                    throw Wrong($"it is of protocol {protocol}; those up to {LastProtocol} are read here.");
                break;
            case PickleOpcode.FRAME: _cursor.UInt64(); break; // a hint for readers of streams
            case PickleOpcode.MARK: _stack.SetMark(); break;
            case PickleOpcode.POP: _stack.PopValueOrMark(); break;
            case PickleOpcode.POP_MARK: _stack.CutTo(_stack.Mark()); break;
            case PickleOpcode.DUP: _stack.Push(_stack.Top()); break;

            case PickleOpcode.NONE: _stack.Push(null); break;
            case PickleOpcode.NEWTRUE: _stack.Push(True); break;
            case PickleOpcode.NEWFALSE: _stack.Push(False); break;
            case PickleOpcode.BININT: _stack.Push((long)_cursor.Int32()); break;
            case PickleOpcode.BININT1: _stack.Push(SmallIntegers[_cursor.Byte()]); break;
            case PickleOpcode.BININT2: _stack.Push((long)_cursor.UInt16()); break;
            case PickleOpcode.LONG1: _stack.Push(_cursor.Integer(_cursor.Byte())); break;
            case PickleOpcode.LONG4: _stack.Push(_cursor.Integer(_cursor.UInt32())); break;
            case PickleOpcode.BINFLOAT: _stack.Push(_cursor.Double()); break;
            case PickleOpcode.SHORT_BINUNICODE or PickleOpcode.SHORT_BINSTRING: _stack.Push(_cursor.Text(_cursor.Byte())); break;
            case PickleOpcode.BINUNICODE or PickleOpcode.BINSTRING: _stack.Push(_cursor.Text(_cursor.UInt32())); break;
            case PickleOpcode.BINUNICODE8: _stack.Push(_cursor.Text(_cursor.UInt64())); break;
            case PickleOpcode.SHORT_BINBYTES: _stack.Push(_cursor.Bytes(_cursor.Byte()).ToArray()); break;
            case PickleOpcode.BINBYTES: _stack.Push(_cursor.Bytes(_cursor.UInt32()).ToArray()); break;
            case PickleOpcode.BINBYTES8 or PickleOpcode.BYTEARRAY8: _stack.Push(_cursor.Bytes(_cursor.UInt64()).ToArray()); break;

            case PickleOpcode.EMPTY_TUPLE: _stack.Push(EmptyTuple); break;
            case PickleOpcode.TUPLE: MakeTuple(_stack.Mark()); break;
            case PickleOpcode.TUPLE1: MakeTuple(_stack.Count - 1); break;
            case PickleOpcode.TUPLE2: MakeTuple(_stack.Count - 2); break;
            case PickleOpcode.TUPLE3: MakeTuple(_stack.Count - 3); break;
            case PickleOpcode.EMPTY_LIST: _stack.Push(new PickleList()); break;
            case PickleOpcode.LIST: Make(new PickleList(), Append); break;
            case PickleOpcode.APPEND: Append(_stack.Count - 1); break;
            case PickleOpcode.APPENDS: Append(_stack.Mark()); break;
            case PickleOpcode.EMPTY_DICT: _stack.Push(new PickleDictionary()); break;
            case PickleOpcode.DICT: Make(new PickleDictionary(), SetItems); break;
            case PickleOpcode.SETITEM: SetItems(_stack.Count - 2); break;
            case PickleOpcode.SETITEMS: SetItems(_stack.Mark()); break;

            case PickleOpcode.BINPUT: Put(_cursor.Byte()); break;
            case PickleOpcode.LONG_BINPUT: Put(_cursor.UInt32()); break;
            case PickleOpcode.MEMOIZE: Put((ulong)_memo.Count); break;
            case PickleOpcode.BINGET: Get(_cursor.Byte()); break;
            case PickleOpcode.LONG_BINGET: Get(_cursor.UInt32()); break;

            case PickleOpcode.GLOBAL: Name(_cursor.Line(), _cursor.Line()); break;
            case PickleOpcode.STACK_GLOBAL: StackName(); break;
            case PickleOpcode.REDUCE or PickleOpcode.NEWOBJ: Call(); break;
            case PickleOpcode.BINPERSID: _stack.Push(_names.Persistent(this, _stack.Pop())); break;
            case PickleOpcode.BUILD: Build(); break;
            default:
                throw Wrong(Enum.IsDefined(opcode)
                    ? $"the instruction {opcode} is refused: state dictionaries of tensors do without it."
                    : $"0x{(byte)opcode:X2} is no instruction of a pickle.", Enum.IsDefined(opcode) ? PytorchFile.SaveTensors : PytorchFile.Damaged);
        }
    }

    private void MakeTuple(int from)
    {
        from = _stack.First(from, below: 0);
        if (from == _stack.Count)
        {
            _stack.Push(EmptyTuple);
            return;
        }
        object?[] values = [.. _stack.From(from)];
        var tuple = new PickleTuple(values);
        foreach (object? value in values)
            Nest(tuple, value);
        _stack.CutTo(from);
        _stack.Push(tuple);
    }

    // The older instructions: a mark, values, and then the container around them.
    private void Make(PickleContainer container, Action<int> fill)
    {
        int from = _stack.Mark();
        _stack.Insert(_stack.First(from, below: 0), container);
        fill(from + 1);
    }

    private void Append(int from)
    {
        from = _stack.First(from, below: 1);
        if (_stack[from - 1] is not PickleList list)
            throw Wrong("it appends to what is no list.", PytorchFile.SaveTensors);
        for (int i = from; i < _stack.Count; i++)
        {
            Nest(list, _stack[i]);
            list.Add(_stack[i]);
        }
        _stack.CutTo(from);
    }

    private void SetItems(int from)
    {
        from = _stack.First(from, below: 1);
        if (_stack[from - 1] is not PickleDictionary dictionary)
            throw Wrong("it sets items of what is no dictionary.", PytorchFile.SaveTensors);
        if ((_stack.Count - from) % 2 != 0)
            throw Wrong("it sets a key without a value.");
        for (int i = from; i < _stack.Count; i += 2)
            Set(dictionary, _stack[i], _stack[i + 1]);
        _stack.CutTo(from);
    }

    /// <summary>Sets one item of a dictionary, checking the key and the nesting.</summary>
    public void Set(PickleDictionary dictionary, object? key, object? value)
    {
        if (key is not (string or long))
            throw Wrong("a key of a dictionary is neither text nor a whole number.", PytorchFile.SaveTensors);
        Nest(dictionary, value);
        dictionary.Set(key, value);
    }

    private void Nest(PickleContainer outer, object? value)
    {
        if (value is not PickleContainer inner || inner.Depth < outer.Depth)
            return;
        outer.Depth = inner.Depth + 1;
        if (outer.Depth > DeepestNesting)
            throw Wrong($"its values are nested more than {DeepestNesting} deep.");
    }

    // Writers number what they remember from 0 on: a number beyond the bytes read so far is none of theirs.
    private void Put(ulong index)
    {
        if (index > (ulong)_cursor.Read)
            throw Wrong($"it would remember a value as number {index} after {_cursor.Read} bytes.");
        while (_memo.Count <= (int)index)
            _memo.Add(this); // not a value
        _memo[(int)index] = _stack.Top();
    }

    private void Get(ulong index)
    {
        if (index >= (ulong)_memo.Count || ReferenceEquals(_memo[(int)index], this))
            throw Wrong($"it recalls number {index}, which it has not remembered.");
        _stack.Push(_memo[(int)index]);
    }

    private void StackName()
    {
        object? name = _stack.Pop(), module = _stack.Pop();
        if (name is not string text || module is not string moduleText)
            throw Wrong("it asks for a name that is not text.");
        Name(moduleText, text);
    }

    private void Name(string module, string name) => _stack.Push(_names.Find(module, name) ?? throw Wrong(
        $"it asks for Python's {Shown(module)}.{Shown(name)}, which is neither a tensor nor plain data. It was not run.", PytorchFile.SaveTensors));

    // Names come from the file: no control characters on somebody's terminal, no screenfuls.
    private static string Shown(string text) => string.Concat((text.Length <= 80 ? text : text[..80] + "...").Select(c => char.IsControl(c) ? '?' : c));

    private void Call()
    {
        object? arguments = _stack.Pop(), called = _stack.Pop();
        _stack.Push(_names.Call(this, called, arguments as PickleTuple ?? throw Wrong("it calls something with what is no tuple.")));
    }

    // What torch hangs onto an OrderedDict (_metadata: versions of modules) says nothing about tensors; state of anything else is refused.
    private void Build()
    {
        _stack.Pop();
        if (_stack.Top() is not PickleDictionary)
            throw Wrong("it sets the state of an object that is no dictionary.", PytorchFile.SaveTensors);
    }
}
