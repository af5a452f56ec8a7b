using AngleSharp.Html.Parser;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Colors;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;
using CsCheck;

namespace Castalia.Recipes.Tests.Report;

/// <summary>The parts that charts are made of.</summary>
public sealed class ChartTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(512, "512")]
    [InlineData(999, "999")]
    [InlineData(1000, "1K")]
    [InlineData(1234, "1.23K")]
    [InlineData(143_000, "143K")]
    [InlineData(999_499, "999K")]
    [InlineData(999_950, "1M")]
    [InlineData(70_426_624, "70.4M")]
    [InlineData(11_846_072_320, "11.8B")]
    [InlineData(-2500, "−2.5K")]
    public void Large_numbers_are_short(double value, string text) => Assert.Equal(text, NumberText.Compact(value));

    [Theory]
    [InlineData(3.14159, "3.14")]
    [InlineData(0.000123456, "0.000123")]
    [InlineData(123456.7, "123,457")]
    [InlineData(-0.5, "−0.500")]
    [InlineData(0, "0")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void Numbers_have_the_digits_that_say_something(double value, string text) => Assert.Equal(text, NumberText.Significant(value));

    [Theory]
    [InlineData(0.25, "0.25 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(3599.7, "1 h 0 min")]
    [InlineData(90_061, "1 d 1 h")]
    public void Durations_have_two_units(double seconds, string text) => Assert.Equal(text, NumberText.Duration(seconds));

    [Fact]
    public void Sizes_are_decimal_and_even() =>
        Assert.Equal(["999 B", "1.00 kB", "60.0 kB", "887 kB", "1.50 MB"], new long[] { 999, 1000, 60_000, 887_000, 1_500_000 }.Select(NumberText.Bytes));

    [Fact]
    public void Ticks_are_round_ascending_and_on_the_axis() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-6, 1e6], Gen.Int[2, 9]).Sample((low, width, count) =>
        {
            LinearScale scale = LinearScale.Around([low, low + width]);
            IReadOnlyList<Tick> ticks = scale.Ticks(count);
            Assert.InRange(ticks.Count, 2, 2 * count + 3);
            Assert.All(ticks, tick => Assert.InRange(scale.Place(tick.Value), -1e-6, 1 + 1e-6));
            Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.True(pair.First.Value < pair.Second.Value));
            Assert.Equal(ticks.Count, ticks.Select(tick => tick.Label).Distinct().Count());
            Assert.InRange(scale.Place(low), -1e-9, 1);
            Assert.InRange(scale.Place(low + width), 0, 1 + 1e-9);
        }, iter: 500);

    [Fact]
    public void Shares_that_are_all_nought_do_not_begin_below_it() =>
        Assert.Equal(0, LinearScale.Around([0, 0, 0], floor: 0).Ticks(4)[0].Value);

    [Fact]
    public void Logarithmic_axes_give_equal_ratios_equal_lengths()
    {
        var scale = new LogScale(1, 10_000);
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], new double[] { 1, 10, 100, 1000, 10_000 }.Select(value => Math.Round(scale.Place(value), 12)));
        Assert.Equal(["1", "10", "100", "1K", "10K"], scale.Ticks(5).Select(tick => tick.Label));
        Assert.True(double.IsNaN(scale.Place(0)));
    }

    [Fact]
    public void The_step_axis_begins_at_zero_one_doubling_before_one()
    {
        var scale = new StepScale(1024);
        Assert.Equal(0, scale.Place(0));
        Assert.Equal(1, scale.Place(1024), 12);
        Assert.Equal(scale.Place(2) - scale.Place(1), scale.Place(1) - scale.Place(0), 12);
        Assert.Equal(["0", "1", "10", "100", "1K"], scale.Ticks(8).Select(tick => tick.Label));
    }

    [Fact]
    public void Labels_keep_their_distance_and_their_order() =>
        Gen.Double[0, 300].Array[1, 12].Sample(wishes =>
        {
            double[] places = EndLabels.Place(wishes, 14, 0, 400);
            int[] order = [.. Enumerable.Range(0, wishes.Length).OrderBy(i => wishes[i])];
            for (int i = 1; i < order.Length; i++)
                Assert.True(places[order[i]] - places[order[i - 1]] >= 14 - 1e-9);
            Assert.All(places, place => Assert.InRange(place, -1e-9, 400 + 1e-9));
            // Labels that are far from each other stay where they want to be.
            if (wishes.Length == 1)
                Assert.Equal(wishes[0], places[0]);
        }, iter: 1000);

    [Fact]
    public void Colours_of_amounts_grow_lighter_evenly()
    {
        double[] light = [.. Enumerable.Range(0, 64).Select(i => Luminance(SequentialColors.Hex(i / 63.0)!))];
        Assert.All(light.Zip(light.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.True(light[0] < 0.05 && light[^1] > 0.7);
        Assert.Null(SequentialColors.Hex(double.NaN));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Colours_of_models_differ_in_lightness_and_can_be_read_as_text(int count)
    {
        foreach ((string style, double page) in new[] { (SeriesColors.Light(count), Luminance("#fdfcfa")), (SeriesColors.Dark(count), Luminance("#16151a")) })
        {
            Dictionary<string, string> colors = style.TrimEnd(';').Split(';').Select(rule => rule.Split(':')).ToDictionary(rule => rule[0], rule => rule[1]);
            double[] lines = [.. Enumerable.Range(0, count).Select(i => Luminance(colors[$"--s{i}"]))];
            Assert.All(lines.Zip(lines.Skip(1)), pair => Assert.True(pair.First > pair.Second * 1.02));
            for (int i = 0; i < count; i++)
                Assert.True(Contrast(Luminance(colors[$"--t{i}"]), page) >= 4.5, $"--t{i} {colors[$"--t{i}"]} has too little contrast");
        }
    }

    [Fact]
    public void Text_on_a_coloured_cell_can_be_read()
    {
        for (int i = 0; i <= 50; i++)
        {
            double text = SequentialColors.IsLight(i / 50.0) ? Luminance("#111111") : 1;
            Assert.True(Contrast(Luminance(SequentialColors.Hex(i / 50.0)!), text) >= 4);
        }
    }

    [Fact]
    public void Any_text_comes_out_as_it_went_in() =>
        Gen.String.Sample(text =>
        {
            string html = new HtmlBuilder().Open("p", ("title", text)).Text(text).Close("p").ToString();
            AngleSharp.Dom.IElement element = new HtmlParser().ParseDocument(html).QuerySelector("p")!;
            string shown = string.Concat(text.EnumerateRunes().Select(rune => Forbidden(rune.Value) ? "\uFFFD" : rune.ToString()));
            Assert.Equal(shown, element.TextContent);
            Assert.Equal(shown, element.GetAttribute("title"));
            Assert.Equal(0, element.ChildElementCount);
        }, iter: 2000);

    [Fact]
    public void Markup_that_does_not_close_is_a_defect()
    {
        Assert.Throws<InvalidOperationException>(() => new HtmlBuilder().Open("p").ToString());
        Assert.Throws<InvalidOperationException>(() => new HtmlBuilder().Open("p").Close("div"));
        Assert.Throws<InvalidOperationException>(() => new HtmlBuilder().Close("p"));
    }

    private static bool Forbidden(int rune) =>
        rune is (< ' ' and not '\n' and not '\t') or (>= 0x7F and < 0xA0) or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    private static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

    private static double Luminance(string hex)
    {
        double Channel(int at)
        {
            double value = Convert.ToInt32(hex.Substring(at, 2), 16) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }
}
