namespace Castalia.Evaluation;

/// <summary>
/// Names on the Hugging Face hub that mean the same data: the short names of its first years, the organisations that they moved to, and copies
/// that lm-evaluation-harness's tasks have named in one version or another.
/// </summary>
internal static class HubNames
{
    // The name that the hub uses today comes first.
    private static readonly string[][] Same =
    [
        ["allenai/ai2_arc", "ai2_arc"],
        ["allenai/openbookqa", "openbookqa"],
        ["allenai/sciq", "sciq"],
        ["allenai/social_i_qa", "social_i_qa", "baber/social_i_qa"],
        ["allenai/winogrande", "winogrande"],
        ["allenai/math_qa", "math_qa"],
        ["allenai/quartz", "quartz"],
        ["aps/super_glue", "super_glue"],
        ["nyu-mll/glue", "glue"],
        ["nyu-mll/blimp", "blimp"],
        ["baber/piqa", "piqa", "ybisk/piqa", "lighteval/piqa"],
        ["Rowan/hellaswag", "hellaswag"],
        ["cais/mmlu", "hails/mmlu_no_train", "hendrycks_test", "lukaemon/mmlu"],
        ["tau/commonsense_qa", "commonsense_qa"],
        ["openai/gsm8k", "gsm8k"],
        ["openai/openai_humaneval", "openai_humaneval"],
        ["google-research-datasets/mbpp", "mbpp"],
        ["google-research-datasets/nq_open", "nq_open"],
        ["google-research-datasets/paws-x", "paws-x"],
        ["EleutherAI/lambada_openai", "lambada_openai", "craffel/openai_lambada"],
        ["EleutherAI/arithmetic"],
        ["EleutherAI/unscramble"],
        ["EleutherAI/logiqa", "logiqa"],
        ["EleutherAI/mutual", "mutual"],
        ["EleutherAI/asdiv", "asdiv"],
        ["EleutherAI/drop"],
        ["EleutherAI/hendrycks_math", "hendrycks/competition_math", "competition_math", "lighteval/MATH"],
        ["EleutherAI/wikitext_document_level"],
        ["HuggingFaceH4/MATH-500"],
        ["truthfulqa/truthful_qa", "truthful_qa"],
        ["SaylorTwift/bbh", "lukaemon/bbh", "maveriq/bigbenchhard"],
        ["openlifescienceai/medmcqa", "medmcqa"],
        ["qiaojin/PubMedQA", "pubmed_qa"],
        ["bigbio/pubmed_qa"],
        ["stanfordnlp/web_questions", "web_questions"],
        ["juletxara/mgsm", "mgsm"],
        ["cambridgeltl/xcopa", "xcopa"],
        ["facebook/xnli", "xnli"],
        ["facebook/anli", "anli"],
        ["ErnestSDavis/winograd_wsc", "winograd_wsc", "Ernie-wsc/winograd_wsc"],
        ["jannalu/crows_pairs_multilingual", "BigScienceBiasEval/crows_pairs_multilingual"],
        ["CogComp/mc_taco", "mc_taco"],
        ["google/IFEval", "wis-k/instruction-following-eval"],
        ["rajpurkar/squad", "squad"],
        ["rajpurkar/squad_v2", "squad_v2"],
        ["mandarjoshi/trivia_qa", "trivia_qa"],
        ["stanfordnlp/coqa", "coqa"],
        ["ehovy/race", "EleutherAI/race", "race"],
        ["regisss/swag", "allenai/swag", "swag"],
        ["corypaik/prost"],
        ["dvilares/head_qa", "EleutherAI/headqa", "head_qa"],
        ["hendrycks/ethics", "EleutherAI/hendrycks_ethics"],
        ["facebook/belebele"],
        ["Maxwell-Jia/AIME_2024"],
        ["oskarvanderwal/winogender"],
    ];

    private static readonly Dictionary<string, string[]> Groups =
        Same.SelectMany(group => group.Select(name => (name, group))).ToDictionary(pair => pair.name, pair => pair.group, StringComparer.OrdinalIgnoreCase);

    /// <summary>All names of the same data, the asked one first.</summary>
    public static IReadOnlyList<string> Of(string name) =>
        Groups.TryGetValue(name, out string[]? group) ? [name, .. group.Where(other => other != name)] : [name];

    /// <summary>One name for all that mean the same data.</summary>
    public static string Canonical(string name) => Groups.TryGetValue(name, out string[]? group) ? group[0] : name;

    /// <summary>Whether the table knows the name.</summary>
    public static bool Knows(string name) => Groups.ContainsKey(name);
}
