"""What a person signed is read once more: one rule a file, each gives notices to the signer and changes nothing."""
