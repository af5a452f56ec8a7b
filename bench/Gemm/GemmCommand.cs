using System.CommandLine;
using System.Diagnostics;
using Castalia.Bench.Output;
using Castalia.Tensors;
using static TorchSharp.torch;

namespace Castalia.Bench.Gemm;

/// <summary><c>bench gemm</c>: how fast this machine's matrix products are, at the shapes of the models' training steps.</summary>
internal static class GemmCommand
{
    public static Command Create()
    {
        Option<string[]> sizes = new("--sizes") { Description = "Models whose products are measured.", DefaultValueFactory = _ => ["14m", "10m", "70m"], AllowMultipleArgumentsPerToken = true };
        Option<int> rounds = new("--rounds") { Description = "Times every product is measured, in turn.", DefaultValueFactory = _ => 5 };
        Option<int> threads = new("--threads") { Description = "Threads of libtorch.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("gemm", "Measures the matrix products of training steps: the ceiling.") { sizes, rounds, threads, json };
        command.SetAction(result => Run(result.GetValue(sizes)!, result.GetValue(rounds), result.GetValue(threads), result.GetValue(json)));
        return command;
    }

    private static int Run(string[] sizes, int rounds, int threads, FileInfo? json)
    {
        Libtorch.Initialize(threads);
        List<GemmRow> rows = [];
        using IDisposable noGrad = no_grad();
        foreach (string size in sizes)
        {
            foreach (ScalarType dtype in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float32])
                rows.AddRange(Measure(size, dtype, rounds));
        }
        Tables.Gemm(rows);
        Tables.WriteJson(json, new { Machine = Machine.Describe(), Threads = threads, Rows = rows });
        return 0;
    }

    private static List<GemmRow> Measure(string size, ScalarType dtype, int rounds)
    {
        PreparedProduct[] products = [.. StepProducts.Of(Shapes.Named(size)).Select(product => new PreparedProduct(product, dtype))];
        double[][] seconds = [.. products.Select(_ => new double[rounds])];
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < products.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                products[i].Run();
                if (round >= 0)
                    seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }
        string precision = dtype == ScalarType.BFloat16 ? "bf16" : "fp32";
        List<GemmRow> rows = [.. products.Select((product, i) => Row(product.Product, seconds[i]))];
        double flops = products.Sum(product => product.Product.Flops * product.Product.Times);
        double median = products.Select((product, i) => product.Product.Times * Statistics.Median(seconds[i])).Sum();
        double best = products.Select((product, i) => product.Product.Times * seconds[i].Min()).Sum();
        rows.Add(new GemmRow(size, precision, "a whole step", "", flops / median / 1e9, flops / best / 1e9));
        foreach (PreparedProduct product in products)
            product.Dispose();
        return rows;

        GemmRow Row(Product product, double[] times) => new(size, precision, $"{product.Name}, {Form(product.Form)}",
            $"{product.Rows} x {product.Inner} x {product.Columns}", product.Flops / Statistics.Median(times) / 1e9, product.Flops / times.Min() / 1e9);
    }

    private static string Form(ProductForm form) => form switch
    {
        ProductForm.Forward => "forward",
        ProductForm.InputGradient => "gradient of input",
        _ => "gradient of weight",
    };
}

/// <summary>What one product came to, in GFLOP/s.</summary>
internal sealed record GemmRow(string Size, string Precision, string Product, string Shape, double MedianGflops, double BestGflops);
