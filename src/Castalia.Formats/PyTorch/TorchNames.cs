using System.Collections.Frozen;

namespace Castalia.Formats;

/// <summary>
/// The names that tensors and plain containers have in a pickle of PyTorch's, and what they make. Those of classes and functions stand for
/// cases of <see cref="Function"/>, those of element types and storages for data; there are no others.
/// </summary>
/// <param name="findStorage">Makes what a persistent id refers to, given key, element type and number of elements; checks that it is in the file.</param>
/// <param name="fileLength">The file's length in bytes: what a tensor that repeats its storage is measured by.</param>
internal sealed class TorchNames(Func<PickleReader, string, SafetensorsDType, long, PytorchStorage> findStorage, long fileLength) : IPickleNames
{
    // A file of 1 MB may hold a tensor of 4 MB more that repeats itself; real ones hardly ever do.
    private const long MostRepeats = 4, SmallTensor = 1 << 20;

    private static readonly FrozenDictionary<(string Module, string Name), object> Known = All().ToFrozenDictionary(pair => pair.Name, pair => pair.Meaning);

    private enum Function
    {
        OrderedDict, Size, Device, TensorClass, RebuildTensor, RebuildTensorV2, RebuildTensorV3, RebuildParameter, RebuildParameterWithState, RebuildFromType,
    }

    /// <summary>The class of a storage; the type is null where the tensor says it.</summary>
    private sealed record StorageClass(SafetensorsDType? DType);

    /// <inheritdoc/>
    public object? Find(string module, string name) => Known.GetValueOrDefault((module, name));

    /// <inheritdoc/>
    public object? Call(PickleReader pickle, object? called, PickleTuple arguments) => called switch
    {
        Function.OrderedDict => OrderedDict(pickle, arguments),
        Function.Size => arguments is [PickleTuple axes] ? axes : throw Arguments(pickle, "torch.Size", arguments),
        Function.Device => arguments is [string kind, ..] ? arguments is [_, long index] ? $"{kind}:{index}" : kind : throw Arguments(pickle, "torch.device", arguments),
        Function.RebuildParameter or Function.RebuildParameterWithState => arguments is [PytorchTensor tensor, bool, ..]
            ? tensor : throw Arguments(pickle, "a parameter", arguments),
        Function.RebuildFromType => arguments is [Function inner and not Function.RebuildFromType, Function.TensorClass, PickleTuple passed, ..]
            ? Call(pickle, inner, passed) : throw Arguments(pickle, "a tensor with attributes", arguments),
        Function.RebuildTensor or Function.RebuildTensorV2 => Tensor(pickle, arguments, null),
        Function.RebuildTensorV3 => arguments is [_, _, _, _, _, _, SafetensorsDType type, ..]
            ? Tensor(pickle, arguments, type) : throw Arguments(pickle, "a tensor", arguments),
        _ => throw pickle.Wrong("it calls what is neither a tensor nor a container.", PytorchFile.SaveTensors),
    };

    /// <inheritdoc/>
    public object? Persistent(PickleReader pickle, object? id)
    {
        // ('storage', class, key, device, elements) and, in the older kind of file, what it is a view of.
        if (id is not PickleTuple { Count: 5 or 6 } parts || parts is not ["storage", StorageClass storage, string key, string, long elements, ..])
            throw pickle.Wrong("it refers to something else than a storage of numbers.");
        if (parts.Count == 6 && parts[5] is not null)
            throw pickle.Wrong("a storage is a view of another one, which only PyTorch before 0.4 wrote.", "Load and save the file again with a current PyTorch.");
        return findStorage(pickle, key, storage.DType ?? SafetensorsDType.U8, elements);
    }

    private static PickleDictionary OrderedDict(PickleReader pickle, PickleTuple arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Count == 0)
            return dictionary;
        if (arguments is not [PickleList pairs])
            throw Arguments(pickle, "OrderedDict", arguments);
        pickle.Charge(pairs.Count);
        foreach (object? pair in pairs) // as Python 2 wrote it: a list of [key, value]
        {
            (object? key, object? value) = pair switch
            {
                PickleTuple { Count: 2 } tuple => (tuple[0], tuple[1]),
                PickleList { Count: 2 } list => (list[0], list[1]),
                _ => throw Arguments(pickle, "OrderedDict", arguments),
            };
            pickle.Set(dictionary, key, value);
        }
        return dictionary;
    }

    // (storage, offset, shape, strides, needs gradient, hooks)
    private PytorchTensor Tensor(PickleReader pickle, PickleTuple arguments, SafetensorsDType? dtype)
    {
        if (arguments is not [PytorchStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..])
            throw Arguments(pickle, "a tensor", arguments);
        if (arguments.Count > 5 && arguments[5] is not (null or PickleDictionary { Count: 0 }))
            throw pickle.Wrong("a tensor has hooks, which are code.", PytorchFile.SaveTensors);
        return PytorchTensor.TryMake(storage, dtype ?? storage.DType, Numbers(pickle, shape), Numbers(pickle, strides), offset,
            Math.Max(SmallTensor, MostRepeats * fileLength), out string problem) ?? throw pickle.Wrong(problem);
    }

    private static long[] Numbers(PickleReader pickle, PickleTuple tuple)
    {
        pickle.Charge(tuple.Count);
        long[] numbers = new long[tuple.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = tuple[i] is long number ? number : throw pickle.Wrong("a tensor's shape or strides are not whole numbers below 2^63.");
        return numbers;
    }

    private static InputException Arguments(PickleReader pickle, string what, PickleTuple arguments) =>
        pickle.Wrong($"it makes {what} of {arguments.Count} values that do not fit.");

    private static IEnumerable<((string, string) Name, object Meaning)> All()
    {
        yield return (("collections", "OrderedDict"), Function.OrderedDict);
        yield return (("torch", "Size"), Function.Size);
        yield return (("torch", "device"), Function.Device);
        yield return (("torch", "Tensor"), Function.TensorClass);
        yield return (("torch.nn.parameter", "Parameter"), Function.TensorClass);
        yield return (("torch._utils", "_rebuild_tensor"), Function.RebuildTensor);
        yield return (("torch._utils", "_rebuild_tensor_v2"), Function.RebuildTensorV2);
        yield return (("torch._utils", "_rebuild_tensor_v3"), Function.RebuildTensorV3);
        yield return (("torch._utils", "_rebuild_parameter"), Function.RebuildParameter);
        yield return (("torch._utils", "_rebuild_parameter_with_state"), Function.RebuildParameterWithState);
        yield return (("torch._tensor", "_rebuild_from_type_v2"), Function.RebuildFromType);
        foreach (string module in (string[])["torch", "torch.storage"])
        {
            yield return ((module, "UntypedStorage"), new StorageClass(null));
            yield return ((module, "TypedStorage"), new StorageClass(null));
        }
        foreach (TorchType type in TorchType.All)
        {
            foreach (string name in type.Names)
                yield return (("torch", name), type.DType);
            if (type.Storage is null)
                continue;
            yield return (("torch", type.Storage), new StorageClass(type.DType));
            yield return (("torch.cuda", type.Storage), new StorageClass(type.DType));
        }
    }
}
