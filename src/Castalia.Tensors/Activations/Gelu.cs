using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// The tanh form of the Gaussian error linear unit (Hendrycks and Gimpel, 2016), which GPT-2, GPT-J and Pythia's training use. torch computes
/// a library tanh for each element; one exponential does.
/// </summary>
public static unsafe class Gelu
{
    private const int Block = 1 << 15;

    /// <summary><c>0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))</c> for every element.</summary>
    /// <param name="input">fp32 or bf16 of any shape; other types and devices go to torch.</param>
    /// <returns>The same shape and type.</returns>
    public static Tensor Tanh(Tensor input)
    {
        if (input.device_type != DeviceType.CPU || input.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
            return PlainTanh(input);
        if (is_grad_enabled() && input.requires_grad)
            return TanhFunction.apply(input);
        using Tensor dense = input.contiguous();
        return Forward(dense);
    }

    /// <summary>The same by torch's own operation: the reference that <see cref="Tanh"/> is tested against.</summary>
    public static Tensor PlainTanh(Tensor input) => input.gelu(TorchSharp.Modules.GELU.Approximate.tanh);

    private static Tensor Forward(Tensor input)
    {
        Tensor output = empty_like(input);
        nint source = (nint)Aten.Pointer(input);
        nint target = (nint)Aten.Pointer(output);
        bool half = input.dtype == ScalarType.BFloat16;
        ForEachBlock(input.numel(), (start, count) =>
        {
            if (half)
                GeluKernel.Forward<BFloat16Element>((byte*)source + start * BFloat16Element.Size, (byte*)target + start * BFloat16Element.Size, count);
            else
                GeluKernel.Forward<Float32Element>((byte*)source + start * Float32Element.Size, (byte*)target + start * Float32Element.Size, count);
        });
        return output;
    }

    private static Tensor Backward(Tensor input, Tensor gradient)
    {
        Tensor result = empty_like(gradient);
        nint source = (nint)Aten.Pointer(input);
        nint above = (nint)Aten.Pointer(gradient);
        nint target = (nint)Aten.Pointer(result);
        bool half = input.dtype == ScalarType.BFloat16;
        ForEachBlock(input.numel(), (start, count) =>
        {
            nint offset = (nint)start * (half ? BFloat16Element.Size : Float32Element.Size);
            if (half)
                GeluKernel.Backward<BFloat16Element>((byte*)source + offset, (byte*)above + offset, (byte*)target + offset, count);
            else
                GeluKernel.Backward<Float32Element>((byte*)source + offset, (byte*)above + offset, (byte*)target + offset, count);
        });
        return result;
    }

    private static void ForEachBlock(long elements, Action<long, int> work)
    {
        int blocks = checked((int)((elements + Block - 1) / Block));
        ParallelRows.For(blocks, 4, (from, to) =>
        {
            for (int block = from; block < to; block++)
            {
                long start = (long)block * Block;
                work(start, (int)Math.Min(Block, elements - start));
            }
        });
    }

    private sealed class TanhFunction : autograd.SingleTensorFunction<TanhFunction>
    {
        public override string Name => nameof(Tanh);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            Tensor input = ((Tensor)arguments[0]).contiguous();
            Tensor output = Forward(input);
            SavedTensors.Keep(context, SavedTensors.Alias(input));
            input.Dispose();
            return output;
        }

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
        {
            using Tensor input = SavedTensors.Take(context)[0];
            using (gradient)
            using (Tensor dense = gradient.contiguous())
                return BackwardOutputs.Return(Backward(input, dense));
        }
    }
}
