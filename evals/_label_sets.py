"""Sets of labels that figures are told of together."""

from overread.reasoning.vocabulary import LABELS

FIVE = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")
"""The competition labels of CheXpert (Irvin et al. 2019)."""
FOURTEEN = LABELS[:14]
"""All of CheXpert's."""
