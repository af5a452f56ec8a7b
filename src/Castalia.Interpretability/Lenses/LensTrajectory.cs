using Castalia.Models;
using Castalia.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Interpretability;

/// <summary>What one layer guesses at one position.</summary>
/// <param name="Token">The likeliest next token, as text.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Entropy">Entropy of the whole distribution, in nats.</param>
public readonly record struct LensGuess(string Token, double Probability, double Entropy);

/// <summary>The logit lens over one prompt: every layer's first guess after every token.</summary>
/// <param name="Tokens">The prompt's tokens, as text.</param>
/// <param name="Layers">The layers' names, from the embedding up.</param>
/// <param name="Guesses">[layer][position].</param>
public sealed record LensTrajectory(IReadOnlyList<string> Tokens, IReadOnlyList<string> Layers, IReadOnlyList<IReadOnlyList<LensGuess>> Guesses)
{
    /// <summary>Reads every layer on a prompt.</summary>
    /// <exception cref="ArgumentException">The prompt has no token.</exception>
    public static LensTrajectory Of(Transformer model, Tokenizer tokenizer, string prompt)
    {
        int[] ids = tokenizer.Encode(prompt);
        if (ids.Length == 0)
            throw new ArgumentException("The prompt has no token.", nameof(prompt));
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        string[] places = [TapPlaces.Embedding, .. Enumerable.Range(0, model.Config.Layers - 1).Select(TapPlaces.Residual), TapPlaces.FinalNorm];
        using var recorder = new ActivationRecorder(places);
        model.Hidden(tensor([.. ids.Select(id => (long)id)], [1, ids.Length]), new ForwardOptions { Tap = recorder });
        var guesses = new List<IReadOnlyList<LensGuess>>();
        foreach (string place in places)
        {
            using DisposeScope one = NewDisposeScope();
            Tensor normed = place == TapPlaces.FinalNorm ? recorder[place] : model.Normalize(recorder[place]);
            Tensor lens = model.Logits(normed[0]).to(ScalarType.Float32).log_softmax(-1); // [position, vocabulary]
            (Tensor best, Tensor token) = lens.max(1);
            Tensor entropy = -(lens.exp() * lens).sum(1);
            float[] scores = [.. best.data<float>()], entropies = [.. entropy.data<float>()];
            guesses.Add([.. token.data<long>().Select((id, i) => new LensGuess(tokenizer.Decode([(int)id]), Math.Exp(scores[i]), entropies[i]))]);
        }
        return new LensTrajectory([.. ids.Select(id => tokenizer.Decode([id]))], LogitLens.Names(model.Config), guesses);
    }
}
