"""What follows: the copy in the folder of sent mail, the flag of the original, the draft, the search for a lost one."""
