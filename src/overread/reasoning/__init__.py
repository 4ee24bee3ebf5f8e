"""From evidence to findings. Policy, in ten lines:

1. Each piece of evidence becomes at most one *vote* a label: present, absent or uncertain (`votes`).
2. A vote counts by what was *measured* of its voter for that label on held-out images (`trust`).
3. Per label the most trusted able voter decides; nothing is averaged and nobody is outvoted (`merging`).
4. Who may not decide can make a label at most uncertain, and never absent.
5. A side comes from sided evidence only, and is left out where that contradicts itself (`merging`).
6. A critical finding is told the moment one able voter sees it, before any text exists (`alerts`).
7. A prior is compared only when it is known to be the same patient's (`priors`).
8. A sentence follows from the votes of what it cites and from the merged findings, or it falls (`entailment`).
9. Every citation resolves to a tool's run, a SOP Instance of this study and a region in it (`citations`).
10. A failure, a refusal or an unread answer is no vote. Labels and questions are a closed list (`vocabulary`).
"""
