using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Castalia.Formats;

/// <summary>Writes a state dictionary as Python's pickler does for <c>torch.save</c> (protocol 2), instruction by instruction: the same bytes come out.</summary>
internal sealed class PickleWriter
{
    private const int BatchLength = 1000; // of Python's pickler

    private readonly MemoryStream _stream = new();
    private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);
    private readonly List<SafetensorsSource> _storages = [];
    private int _remembered;

    /// <summary>The pickle of a dictionary.</summary>
    /// <param name="content">Its items; see <see cref="PytorchWriter"/> for what they may be.</param>
    /// <param name="ordered">Whether it is an <c>OrderedDict</c>, as modules' state dictionaries are.</param>
    /// <param name="storages">The tensors, whose bytes have to follow under their positions as keys.</param>
    public static byte[] Write(IEnumerable<KeyValuePair<string, object?>> content, bool ordered, out IReadOnlyList<SafetensorsSource> storages)
    {
        var writer = new PickleWriter();
        writer.Opcode(PickleOpcode.PROTO);
        writer._stream.WriteByte(2);
        writer.Dictionary(content, ordered);
        writer.Opcode(PickleOpcode.STOP);
        storages = writer._storages;
        return writer._stream.ToArray();
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null: Opcode(PickleOpcode.NONE); break;
            case bool flag: Opcode(flag ? PickleOpcode.NEWTRUE : PickleOpcode.NEWFALSE); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case double number: Float(number); break;
            case string text: Text(text); break;
            case SafetensorsSource tensor: Tensor(tensor); break;
            case IEnumerable<KeyValuePair<string, object?>> items: Dictionary(items, ordered: false); break;
            default: throw new ArgumentException($"A value of type {value.GetType().Name} has no place in a PyTorch file.");
        }
    }

    private void Dictionary(IEnumerable<KeyValuePair<string, object?>> content, bool ordered)
    {
        if (ordered)
            OrderedDict();
        else
            Opcode(PickleOpcode.EMPTY_DICT);
        Remember();
        foreach (KeyValuePair<string, object?>[] batch in content.Chunk(BatchLength))
        {
            if (batch.Length > 1)
                Opcode(PickleOpcode.MARK);
            foreach ((string key, object? value) in batch)
            {
                Text(key);
                Value(value);
            }
            Opcode(batch.Length > 1 ? PickleOpcode.SETITEMS : PickleOpcode.SETITEM);
        }
    }

    private void Tensor(SafetensorsSource tensor)
    {
        TorchType type = TorchType.All.First(known => known.DType == tensor.DType);
        long[] strides = new long[tensor.Shape.Length];
        long stride = 1;
        for (int axis = strides.Length; axis-- > 0; stride *= Math.Max(1, tensor.Shape[axis]))
            strides[axis] = stride;

        Global("torch._utils", "_rebuild_tensor_v2");
        Opcode(PickleOpcode.MARK);
        Opcode(PickleOpcode.MARK);
        Text("storage");
        Global("torch", type.Storage!);
        Text(_storages.Count.ToString(CultureInfo.InvariantCulture));
        Text("cpu");
        Integer(tensor.Length / (tensor.DType.Bits() / 8));
        Opcode(PickleOpcode.TUPLE);
        Remember();
        Opcode(PickleOpcode.BINPERSID);
        Integer(0);
        Tuple(tensor.Shape);
        Tuple(strides);
        Opcode(PickleOpcode.NEWFALSE); // no gradient
        OrderedDict();                 // no hooks
        Remember();
        Opcode(PickleOpcode.TUPLE);
        Remember();
        Opcode(PickleOpcode.REDUCE);
        Remember();
        _storages.Add(tensor);
    }

    private void OrderedDict()
    {
        Global("collections", "OrderedDict");
        Opcode(PickleOpcode.EMPTY_TUPLE);
        Opcode(PickleOpcode.REDUCE);
    }

    private void Tuple(long[] numbers)
    {
        if (numbers.Length == 0)
        {
            Opcode(PickleOpcode.EMPTY_TUPLE);
            return;
        }
        if (numbers.Length > 3)
            Opcode(PickleOpcode.MARK);
        foreach (long number in numbers)
            Integer(number);
        Opcode(numbers.Length switch { 1 => PickleOpcode.TUPLE1, 2 => PickleOpcode.TUPLE2, 3 => PickleOpcode.TUPLE3, _ => PickleOpcode.TUPLE });
        Remember();
    }

    private void Integer(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        (PickleOpcode opcode, int length) = number switch
        {
            >= 0 and <= byte.MaxValue => (PickleOpcode.BININT1, 1),
            >= 0 and <= ushort.MaxValue => (PickleOpcode.BININT2, 2),
            >= int.MinValue and <= int.MaxValue => (PickleOpcode.BININT, 4),
            _ => (PickleOpcode.LONG1, new BigInteger(number).GetByteCount()),
        };
        Opcode(opcode);
        if (opcode == PickleOpcode.LONG1)
            _stream.WriteByte((byte)length);
        _stream.Write(bytes[..length]);
    }

    private void Float(double number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        Opcode(PickleOpcode.BINFLOAT);
        _stream.Write(bytes);
    }

    private void Text(string text)
    {
        if (Recall(text))
            return;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Opcode(PickleOpcode.BINUNICODE);
        _stream.Write(length);
        _stream.Write(bytes);
        Remember(text);
    }

    private void Global(string module, string name)
    {
        string line = $"{module}\n{name}\n"; // no text is remembered under such a key: names have no line ends
        if (Recall(line))
            return;
        Opcode(PickleOpcode.GLOBAL);
        _stream.Write(Encoding.ASCII.GetBytes(line));
        Remember(line);
    }

    private bool Recall(string key)
    {
        if (!_memo.TryGetValue(key, out int index))
            return false;
        Number(PickleOpcode.BINGET, PickleOpcode.LONG_BINGET, index);
        return true;
    }

    private void Remember(string? key = null)
    {
        if (key is not null)
            _memo.Add(key, _remembered);
        Number(PickleOpcode.BINPUT, PickleOpcode.LONG_BINPUT, _remembered++);
    }

    private void Number(PickleOpcode small, PickleOpcode large, int index)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, index);
        Opcode(index <= byte.MaxValue ? small : large);
        _stream.Write(bytes[..(index <= byte.MaxValue ? 1 : 4)]);
    }

    private void Opcode(PickleOpcode opcode) => _stream.WriteByte((byte)opcode);
}
