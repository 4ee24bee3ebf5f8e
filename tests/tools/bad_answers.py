"""Texts of language models that answer nothing, by kind; each names something that a careless reader would draft."""

REFUSALS = (
    "I'm sorry, but I cannot interpret medical images.",
    "I cannot determine whether there is a pneumothorax.",
    "I am unable to provide a diagnosis of pneumothorax.",
    "As an AI language model, no, I do not diagnose.",
    "No, I can't help with medical images.",
    "No image was provided.",
    "Please consult a radiologist to rule out pneumothorax.",
    "Unable to assess.",
    "It is not possible to determine this from one image.",
    "Cannot be assessed.",
)
THOUGHTS = (
    "<think>No pneumothorax? The left apex is dark.</think> no",
    "Okay, so the user asks for a pneumothorax, no lung edge is seen",
    "Let me look for a pneumothorax.",
    "First, I need to check the apex for a pneumothorax.",
    "The question asks about a pneumothorax; no.",
)
MARKUP = (
    "**No**",
    "- no",
    "```no```",
    '{"answer": "no"}',
    "# No pneumothorax",
    "<b>no</b>",
    "$\\boxed{no}$",
)
LANGUAGES = (
    "No hay neumotórax.",
    "No se observa derrame ni neumotorax, el corazon es normal.",
    "Kein Pneumothorax.",
    "Pas de pneumothorax.",
    "Nessun pneumotorace nella parte sinistra della foto.",
    "気胸はありません。",
    "Нет пневмоторакса.",
    "Não há pneumotórax.",
)
BESIDE_THE_QUESTION = (
    "Is there a pneumothorax?",
    "No pleural effusion.",
    "There is a left pleural effusion.",
    "Yes, there is a small pleural effusion.",
    "The heart is enlarged.",
    "Normal.",
    "chest",
    "left",
    "yes and no",
    "yes or no",
    "Yes, no pneumothorax.",
    "No, there is a left pneumothorax.",
    "Yes, it is not seen.",
    "Nothing can be said",
    "42",
    "...",
    "No comment.",
    "n/a",
)
KINDS = {
    "refusal": REFUSALS,
    "thought": THOUGHTS,
    "markup": MARKUP,
    "language": LANGUAGES,
    "beside the question": BESIDE_THE_QUESTION,
}
ALL = tuple((kind, text) for kind, texts in KINDS.items() for text in texts)
