"""`overread eval fairness`: is a profile as good for one group of patients or pictures as for all of them?"""
