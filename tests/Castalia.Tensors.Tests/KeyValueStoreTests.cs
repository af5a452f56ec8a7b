using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class KeyValueStoreTests
{
    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Every_sequence_goes_to_its_own_place(ScalarType dtype, bool strided)
    {
        using var scope = NewDisposeScope();
        Tensor heads = strided ? Random([2, 3, 4, 8], dtype, 1).transpose(1, 2) : Random([2, 4, 3, 8], dtype, 1);
        Tensor ours = Random([5, 4, 10, 8], dtype, 2), plain = ours.clone();
        KeyValueStore.Append(ours, heads, [4, 1], [7, 0]);
        KeyValueStore.PlainAppend(plain, heads, [4, 1], [7, 0]);
        Close(plain, ours, 0);
        Close(heads[0], ours[4].narrow(1, 7, 3), 0);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        Tensor store = zeros(2, 4, 10, 8), heads = ones(1, 4, 3, 8);
        Assert.Contains("10", Assert.Throws<ArgumentException>(() => KeyValueStore.Append(store, heads, [0], [8])).Message);
        Assert.Throws<ArgumentException>(() => KeyValueStore.Append(store, heads, [2], [0]));
        Assert.Throws<ArgumentException>(() => KeyValueStore.Append(store, heads, [0, 1], [0, 0]));
        Assert.Throws<ArgumentException>(() => KeyValueStore.Append(store, heads.to(ScalarType.BFloat16), [0], [0]));
        Assert.Equal(0, store.sum().item<float>());
    }
}
