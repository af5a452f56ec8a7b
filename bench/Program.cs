using System.CommandLine;
using Castalia.Bench.Exactness;
using Castalia.Bench.Gemm;
using Castalia.Bench.Generate;
using Castalia.Bench.Harness;
using Castalia.Bench.Inference;
using Castalia.Bench.Loglikelihood;
using Castalia.Bench.Tokenizers;
using Castalia.Bench.Train;

RootCommand root = new("Castalia against its peers. Sides are measured in turn in one run; ratios are what counts.")
{
    GemmCommand.Create(),
    ExactnessCommand.Create(),
    TokenizerCommand.Create(),
    TrainTokenizerCommand.Create(),
    TrainCommand.Create(),
    GenerateCommand.Create(),
    LoglikelihoodCommand.Create(),
    HarnessCommand.Create(),
    TrainingSides.CreateCommand(),
    InferenceSides.CreateCommand(),
};
return root.Parse(args).Invoke();
