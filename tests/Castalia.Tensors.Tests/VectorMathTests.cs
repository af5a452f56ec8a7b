using System.Runtime.Intrinsics;

namespace Castalia.Tensors.Tests;

public class VectorMathTests
{
    [Fact]
    public void Powers_of_two_are_within_two_units_in_the_last_place()
    {
        double worst = 0;
        for (double x = -125.9; x < 127; x += 0.00137)
        {
            float argument = (float)x;
            float found = VectorMath.Exp2(Vector512.Create(argument))[5];
            double expected = Math.Pow(2, argument);
            worst = Math.Max(worst, Math.Abs(found - expected) / expected);
        }
        Assert.InRange(worst, 0, 2.4e-7);
    }

    [Fact]
    public void Very_small_arguments_give_a_normal_number_and_NaN_stays()
    {
        Assert.Equal(MathF.Pow(2, -126), VectorMath.Exp2(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1f, VectorMath.Exp2(Vector512<float>.Zero)[0]);
        foreach (uint bits in (uint[])[0x7fc00000, 0xffc00000, 0xffffffff, 0x7fff1234, 0xffff8765])
            Assert.True(float.IsNaN(VectorMath.Exp2(Vector512.Create(BitConverter.UInt32BitsToSingle(bits)))[0]));
    }
}
