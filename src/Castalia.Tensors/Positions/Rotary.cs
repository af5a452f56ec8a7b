using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Rotary position embedding of queries or keys, forward and backward in one pass each.</summary>
public static unsafe class Rotary
{
    /// <summary>Turns the first <c>2 * table.Pairs</c> dimensions of every head by the angles of its position.</summary>
    /// <param name="heads">fp32 or bf16, any strides. <c>[batch, heads, tokens, dimensions]</c></param>
    /// <param name="table">The angles.</param>
    /// <param name="firstPosition">The position of the first token: what a KV cache holds already.</param>
    /// <returns>A contiguous tensor of the same shape.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, or the table has too few positions.</exception>
    public static Tensor Apply(Tensor heads, RotaryTable table, int firstPosition = 0) =>
        Apply(heads, table, firstPosition == 0 ? null : Enumerable.Repeat(firstPosition, (int)heads.shape[0]).ToArray());

    /// <summary>The same where every sequence begins at a position of its own.</summary>
    /// <param name="heads">fp32 or bf16, any strides. <c>[batch, heads, tokens, dimensions]</c></param>
    /// <param name="table">The angles.</param>
    /// <param name="firstPositions">The position of each sequence's first token; null for 0.</param>
    /// <returns>A contiguous tensor of the same shape.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, or the table has too few positions.</exception>
    public static Tensor Apply(Tensor heads, RotaryTable table, int[]? firstPositions)
    {
        Validate(heads, table, firstPositions);
        if (heads.device_type != DeviceType.CPU)
        {
            return firstPositions is null
                ? PlainApply(heads, table)
                : cat([.. firstPositions.Select((first, row) => PlainApply(heads.narrow(0, row, 1), table, first))]);
        }
        return is_grad_enabled() && heads.requires_grad
            ? RotaryFunction.apply(heads, table, firstPositions ?? [])
            : Turn(heads, table, firstPositions, inverse: false);
    }

    /// <summary>The same by elementwise operations in fp32: the reference that <see cref="Apply(Tensor, RotaryTable, int)"/> is tested against.</summary>
    public static Tensor PlainApply(Tensor heads, RotaryTable table, int firstPosition = 0)
    {
        using var scope = NewDisposeScope();
        long tokens = heads.shape[2];
        int pairs = table.Pairs;
        Tensor cosines = table.Cosines.narrow(0, firstPosition, tokens).to(heads.device); // [tokens, pairs]
        Tensor sines = table.Sines.narrow(0, firstPosition, tokens).to(heads.device);
        Tensor rotated = heads.narrow(3, 0, 2 * pairs).to(ScalarType.Float32);
        Tensor rest = heads.narrow(3, 2 * pairs, heads.shape[3] - 2 * pairs);
        bool interleaved = table.Pairing == RotaryPairing.Interleaved;
        rotated = interleaved ? rotated.unflatten(3, [pairs, 2]) : rotated.unflatten(3, [2, pairs]).transpose(3, 4);
        Tensor first = rotated.select(4, 0); // [batch, heads, tokens, pairs]
        Tensor second = rotated.select(4, 1);
        Tensor turned = stack([first * cosines - second * sines, second * cosines + first * sines], dim: 4);
        turned = interleaved ? turned.flatten(3) : turned.transpose(3, 4).flatten(3);
        return cat([turned.to(heads.dtype), rest], dim: 3).MoveToOuterDisposeScope();
    }

    private static void Validate(Tensor heads, RotaryTable table, int[]? firstPositions)
    {
        if (heads.dim() != 4 || heads.shape[3] < 2 * table.Pairs)
        {
            throw new ArgumentException($"Expected [batch, heads, tokens, at least {2 * table.Pairs} dimensions], "
                + $"found [{string.Join(", ", heads.shape)}].", nameof(heads));
        }
        if (firstPositions is not null && firstPositions.Length != heads.shape[0])
            throw new ArgumentException($"There are {firstPositions.Length} first positions for {heads.shape[0]} sequences.", nameof(firstPositions));
        (int least, int most) = firstPositions is { Length: > 0 } ? (firstPositions.Min(), firstPositions.Max()) : (0, 0);
        if (least < 0 || most + heads.shape[2] > table.Positions)
        {
            throw new ArgumentException($"Positions {least} to {most + heads.shape[2] - 1} are asked for, "
                + $"the table has {table.Positions}.", nameof(firstPositions));
        }
    }

    private static Tensor Turn(Tensor heads, RotaryTable table, int[]? firstPositions, bool inverse)
    {
        long[] shape = heads.shape;
        HeadSizes sizes = new((int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);
        using Tensor source = heads.stride(3) == 1 ? heads.alias() : heads.contiguous();
        long[] strides = source.stride();
        Tensor target = empty(shape, dtype: heads.dtype);
        HeadStrides from = new(strides[0], strides[2], strides[1]);
        HeadStrides to = HeadStrides.HeadMajor(sizes.Heads, sizes.Tokens, sizes.Dimensions);
        if (heads.dtype == ScalarType.BFloat16)
            HeadsKernel.Rotate<BFloat16Element>(Aten.Pointer(source), from, Aten.Pointer(target), to, sizes, table, firstPositions, inverse);
        else
            HeadsKernel.Rotate<Float32Element>(Aten.Pointer(source), from, Aten.Pointer(target), to, sizes, table, firstPositions, inverse);
        return target;
    }

    private sealed class RotaryFunction : autograd.SingleTensorFunction<RotaryFunction>
    {
        public override string Name => nameof(Rotary);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            RotaryTable table = (RotaryTable)arguments[1];
            int[] firstPositions = (int[])arguments[2];
            context.save_data(nameof(table), table);
            context.save_data(nameof(firstPositions), firstPositions);
            return Turn((Tensor)arguments[0], table, Given(firstPositions), inverse: false);
        }

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
        {
            // A rotation's transpose is the rotation back; the magnitude is the same in both.
            using (gradient)
            {
                return BackwardOutputs.Return(
                    Turn(gradient, (RotaryTable)context.get_data("table"), Given((int[])context.get_data("firstPositions")), inverse: true), null, null);
            }
        }

        private static int[]? Given(int[] firstPositions) => firstPositions.Length == 0 ? null : firstPositions;
    }
}
