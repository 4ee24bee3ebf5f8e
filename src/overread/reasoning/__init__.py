"""From evidence to findings. Policy, in ten lines:

1. Each piece of evidence has at most one *opinion* a label: present, absent or uncertain (`opinions`).
2. An opinion is a *vote* only where its voter was *measured* for that label on this kind of study (`votes`).
3. A vote says what it was measured to be worth: likelihood ratio, predictive value, prevalence (`predictive`, `bound`).
4. Per label the most trusted vote decides; nothing is averaged and nobody is outvoted (`merging`).
5. A side comes from sided votes only, and is left out where they contradict themselves (`merging`, `zones`).
6. A critical finding is told the moment one vote sees it, before any text exists (`alerts`).
7. A prior is compared only when it is known to be the same patient's (`priors`).
8. A sentence follows from the votes of what it cites and from the findings, or it falls (`entailment`, `context`).
9. Every citation resolves to a tool's run, a SOP Instance of this study and a region in it (`citations`).
10. A failure, a refusal or an unread answer is no vote. Labels and questions are a closed list (`vocabulary`).
"""
